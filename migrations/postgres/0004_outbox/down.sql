DROP TABLE idempotency_answers;
DROP TABLE notifications;
