"""The steps by which tables came to be what they are. Each is a frozen script: it imports nothing of ours."""
