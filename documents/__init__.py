"""What leaves the portal as a document: untrusted words in Markdown, and pages set by typst. Pure; it knows no app."""
