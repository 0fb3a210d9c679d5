"""What keeps a server of thirty in one piece: budgets, queues and deadlines that stand before the routes."""
