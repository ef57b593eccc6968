"""What stakeholders are told: when it is due, in which words, how it reads in each channel. Pure."""
