DROP TABLE canned_reply_tags;
DROP TABLE canned_replies;
