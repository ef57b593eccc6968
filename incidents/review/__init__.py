"""What a review says, when it is due, and each shape in which it leaves the portal. Pure."""
