"""How each record looks in JSON: field names, order, types and blanks as the API is known to send them.

One function per list item and per detail; all pure. What does not belong here: which records a request selects.
"""
