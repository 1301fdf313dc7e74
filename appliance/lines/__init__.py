"""The office's own side of telephony: extensions, trunks, numbers, ring groups. Knows no call and no SIP stack."""
