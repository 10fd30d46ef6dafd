-- Articles of the help centre. `tenant_id` is null for the desk's; `owner` says the same without a null, and is
-- what lists begin with. Tags and screens stand here as they are shown, and in tables of their own to be found by.
CREATE TABLE articles (
    id BLOB PRIMARY KEY,
    tenant_id BLOB REFERENCES tenants (id),
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    audience TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'archived')),
    locale TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT,
    body TEXT NOT NULL,
    video_url TEXT,
    slug TEXT,
    tags TEXT NOT NULL,
    context_keys TEXT NOT NULL,
    source_ticket_id BLOB,
    helpful INTEGER NOT NULL,
    unhelpful INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    published_at INTEGER,
    archived_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX articles_newest ON articles (owner, created_at, id);

-- What an article said after each change.
CREATE TABLE article_versions (
    article_id BLOB NOT NULL REFERENCES articles (id),
    version INTEGER NOT NULL,
    change TEXT NOT NULL,
    content TEXT NOT NULL,
    account_id BLOB,
    at INTEGER NOT NULL,
    PRIMARY KEY (article_id, version)
) STRICT;

-- What articles are sorted by, in the form in which tags are compared.
CREATE TABLE article_tags (
    tag TEXT NOT NULL,
    article_id BLOB NOT NULL REFERENCES articles (id),
    PRIMARY KEY (tag, article_id)
) STRICT;
CREATE INDEX article_tags_article ON article_tags (article_id);

-- The screens that articles are shown for.
CREATE TABLE article_contexts (
    context_key TEXT NOT NULL,
    article_id BLOB NOT NULL REFERENCES articles (id),
    PRIMARY KEY (context_key, article_id)
) STRICT;
CREATE INDEX article_contexts_article ON article_contexts (article_id);

-- The stems that published articles are found by. A shelf is an owner and an audience: whoever searches reads the
-- shelves that are theirs, and no others.
CREATE TABLE article_terms (
    locale TEXT NOT NULL,
    shelf TEXT NOT NULL,
    term TEXT NOT NULL,
    article_id BLOB NOT NULL REFERENCES articles (id),
    impact INTEGER NOT NULL,
    PRIMARY KEY (locale, shelf, term, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_terms_article ON article_terms (article_id);

-- Words that articles were ever found by, with their stems: for beginnings of words and for typing errors. They
-- say nothing about where they stand.
CREATE TABLE help_words (
    locale TEXT NOT NULL,
    word TEXT NOT NULL,
    mirror TEXT NOT NULL,
    letters INTEGER NOT NULL,
    term TEXT NOT NULL,
    PRIMARY KEY (locale, word)
) STRICT;
CREATE INDEX help_words_mirror ON help_words (locale, mirror);

-- Searches: by whom (nobody known if null), for what (without personal data), and how much was found.
CREATE TABLE help_searches (
    id BLOB PRIMARY KEY,
    account_id BLOB,
    tenant_id BLOB REFERENCES tenants (id),
    at INTEGER NOT NULL,
    locale TEXT,
    query TEXT NOT NULL,
    hits INTEGER NOT NULL
) STRICT;
CREATE INDEX help_searches_account ON help_searches (account_id, at, id) WHERE account_id IS NOT NULL;
CREATE INDEX help_searches_at ON help_searches (at);

-- What a search showed, and what of it was opened.
CREATE TABLE help_search_shown (
    search_id BLOB NOT NULL REFERENCES help_searches (id),
    place INTEGER NOT NULL,
    article_id BLOB NOT NULL REFERENCES articles (id),
    opened_at INTEGER,
    PRIMARY KEY (search_id, place)
) STRICT;
CREATE INDEX help_search_shown_article ON help_search_shown (article_id);

-- Whether an article helped: one answer of each account, or of each search of somebody unknown.
CREATE TABLE article_feedback (
    id BLOB PRIMARY KEY,
    article_id BLOB NOT NULL REFERENCES articles (id),
    account_id BLOB,
    search_id BLOB REFERENCES help_searches (id),
    helpful INTEGER NOT NULL,
    comment TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX article_feedback_account ON article_feedback (article_id, account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX article_feedback_search ON article_feedback (article_id, search_id) WHERE account_id IS NULL;
CREATE INDEX article_feedback_of_search ON article_feedback (search_id);
