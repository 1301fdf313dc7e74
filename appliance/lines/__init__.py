"""Extensions, trunks, our own numbers and ring groups: the office's lines as the admin sees them. Knows no SIP."""
