"""What searches are judged by: the catalog of metrics, goals made of them, and their estimates and words."""
