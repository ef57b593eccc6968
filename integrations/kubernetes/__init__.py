"""The cluster, through the official `kubernetes` client; nothing outside this folder imports that package."""
