-- Articles of the help centre. `tenant_id` is null for the desk's; `owner` says the same without a null, and is
-- what lists begin with. Tags and screens stand here as they are shown, and in tables of their own to be found by.
CREATE TABLE articles (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants (id),
    owner text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    audience text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'published', 'archived')),
    locale text NOT NULL,
    title text NOT NULL,
    summary text,
    body text NOT NULL,
    video_url text,
    slug text,
    tags jsonb NOT NULL,
    context_keys jsonb NOT NULL,
    source_ticket_id uuid,
    helpful bigint NOT NULL,
    unhelpful bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    published_at timestamptz,
    archived_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX articles_newest ON articles (owner, created_at, id);

-- What an article said after each change.
CREATE TABLE article_versions (
    article_id uuid NOT NULL REFERENCES articles (id),
    version bigint NOT NULL,
    change text NOT NULL,
    content jsonb NOT NULL,
    account_id uuid,
    at timestamptz NOT NULL,
    PRIMARY KEY (article_id, version)
);

-- What articles are sorted by, in the form in which tags are compared.
CREATE TABLE article_tags (
    tag text COLLATE "C" NOT NULL,
    article_id uuid NOT NULL REFERENCES articles (id),
    PRIMARY KEY (tag, article_id)
);
CREATE INDEX article_tags_article ON article_tags (article_id);

-- The screens that articles are shown for.
CREATE TABLE article_contexts (
    context_key text COLLATE "C" NOT NULL,
    article_id uuid NOT NULL REFERENCES articles (id),
    PRIMARY KEY (context_key, article_id)
);
CREATE INDEX article_contexts_article ON article_contexts (article_id);

-- The stems that published articles are found by. A shelf is an owner and an audience: whoever searches reads the
-- shelves that are theirs, and no others.
CREATE TABLE article_terms (
    locale text COLLATE "C" NOT NULL,
    shelf text COLLATE "C" NOT NULL,
    term text COLLATE "C" NOT NULL,
    article_id uuid NOT NULL REFERENCES articles (id),
    impact integer NOT NULL,
    PRIMARY KEY (locale, shelf, term, article_id)
);
CREATE INDEX article_terms_article ON article_terms (article_id);

-- Words that articles were ever found by, with their stems: for beginnings of words and for typing errors. They
-- say nothing about where they stand.
CREATE TABLE help_words (
    locale text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    mirror text COLLATE "C" NOT NULL,
    letters integer NOT NULL,
    term text COLLATE "C" NOT NULL,
    PRIMARY KEY (locale, word)
);
CREATE INDEX help_words_mirror ON help_words (locale, mirror);

-- Searches: by whom (nobody known if null), for what (without personal data), and how much was found.
CREATE TABLE help_searches (
    id uuid PRIMARY KEY,
    account_id uuid,
    tenant_id uuid REFERENCES tenants (id),
    at timestamptz NOT NULL,
    locale text,
    query text NOT NULL,
    hits integer NOT NULL
);
CREATE INDEX help_searches_account ON help_searches (account_id, at, id) WHERE account_id IS NOT NULL;
CREATE INDEX help_searches_at ON help_searches (at);

-- What a search showed, and what of it was opened.
CREATE TABLE help_search_shown (
    search_id uuid NOT NULL REFERENCES help_searches (id),
    place integer NOT NULL,
    article_id uuid NOT NULL REFERENCES articles (id),
    opened_at timestamptz,
    PRIMARY KEY (search_id, place)
);
CREATE INDEX help_search_shown_article ON help_search_shown (article_id);

-- Whether an article helped: one answer of each account, or of each search of somebody unknown.
CREATE TABLE article_feedback (
    id uuid PRIMARY KEY,
    article_id uuid NOT NULL REFERENCES articles (id),
    account_id uuid,
    search_id uuid REFERENCES help_searches (id),
    helpful boolean NOT NULL,
    comment text,
    at timestamptz NOT NULL
);
CREATE UNIQUE INDEX article_feedback_account ON article_feedback (article_id, account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX article_feedback_search ON article_feedback (article_id, search_id) WHERE account_id IS NULL;
CREATE INDEX article_feedback_of_search ON article_feedback (search_id);
