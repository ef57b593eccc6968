"""What a handoff says, and each shape in which it leaves the portal. Pure."""
