"""What carries notices out: relay, procrastinate, webhook, mail, services, CloudEvents."""
