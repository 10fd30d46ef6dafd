DROP TABLE upload_pieces;
DROP TABLE uploads;
DROP TABLE job_results;
DROP TABLE jobs;
