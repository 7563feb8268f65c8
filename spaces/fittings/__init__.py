"""How a network is fitted to a task. Their parameter models are here, what they do is in `searchsvc.training`."""
