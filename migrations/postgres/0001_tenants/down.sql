DROP TABLE evidence;
DROP TABLE owners;
DROP TABLE tenant_terms;
DROP TABLE tenant_governance;
DROP TABLE tenants;
