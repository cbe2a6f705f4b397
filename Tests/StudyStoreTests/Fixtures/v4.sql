BEGIN TRANSACTION;
CREATE TABLE "earlier_trial" ("study" TEXT NOT NULL, "number" INTEGER NOT NULL, "state" TEXT NOT NULL, "assignment" TEXT NOT NULL, "iter" INTEGER, "value" DOUBLE, PRIMARY KEY ("study", "number"));
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('v1');
INSERT INTO "grdb_migrations" VALUES('v2');
INSERT INTO "grdb_migrations" VALUES('v3');
INSERT INTO "grdb_migrations" VALUES('v4');
CREATE TABLE "report" ("trial" INTEGER NOT NULL REFERENCES "trial"("number") ON DELETE CASCADE, "iter" INTEGER NOT NULL, "step" INTEGER, "value" DOUBLE, "metrics" TEXT NOT NULL, "reported_at" DOUBLE NOT NULL, "details" TEXT, PRIMARY KEY ("trial", "iter"));
INSERT INTO "report" VALUES(1,1,1,0.271,'{"size":27}',1.79527829785825777052e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(2,1,1,0.581,'{"size":58}',1.79527829797619795796e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(3,1,1,0.551,'{"size":55}',1.79527829814939451219e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(2,2,2,0.582,'{"size":58}',1.79527829826945257182e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(4,1,1,0.721,'{"size":72}',1.7952782984546830654e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(5,1,1,0.261,'{"size":26}',1.79527829857739496229e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(4,2,2,0.722,'{"size":72}',1.79527829874171304704e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(7,1,1,0.561,'{"size":56}',1.79527829915105247493e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(4,3,3,0.723,'{"size":72}',1.79527829919078540802e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(4,4,4,0.724,'{"size":72}',1.79527829938267374041e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(7,2,2,0.562,'{"size":56}',1.79527829951781201355e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(8,1,1,0.141,'{"size":14}',1.79527829975790309902e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(9,1,1,0.681,'{"size":68}',1.79527829990821170802e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(10,1,1,0.621,'{"size":62}',1.79527830004832696913e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(9,2,2,0.682,'{"size":68}',1.79527830017545986175e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(10,2,2,0.622,'{"size":62}',1.79527830031578636174e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(9,3,3,0.683,'{"size":68}',1.79527830045105361942e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(9,4,4,0.684,'{"size":68}',1.795278300677464962e+09,'{"kernels":"scalar"}');
INSERT INTO "report" VALUES(11,1,1,0.691,'{"size":69}',1.79527830069346094128e+09,'{"kernels":"scalar"}');
CREATE TABLE "run" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "started_at" DOUBLE NOT NULL, "seen_at" DOUBLE NOT NULL, "end" TEXT);
INSERT INTO "run" VALUES(1,1.79527829744494104389e+09,1.79527830071805953983e+09,NULL);
CREATE TABLE "study" ("id" INTEGER PRIMARY KEY CHECK ("id" = 1), "name" TEXT NOT NULL, "goal" TEXT NOT NULL, "metric" TEXT NOT NULL, "space_file" TEXT NOT NULL, "space_file_name" TEXT NOT NULL, "folder" TEXT NOT NULL, "seed" INTEGER NOT NULL, "run_cap" INTEGER NOT NULL, "workers" INTEGER NOT NULL, "created_at" DOUBLE NOT NULL, "finished_at" DOUBLE, "tested_trial" INTEGER, "test_metrics" TEXT, "constraints" TEXT, "other_metrics" TEXT);
INSERT INTO "study" VALUES(1,'kept','maximize','score','name: kept
metric: {name: score, goal: maximize}
method: random
run_cap: 12
workers: 2
seed: 9
early_terminate: {type: asha, eta: 2, min_iter: 1, max_iter: 4}
trainer: {type: command, command: [sh, train.sh, "${args}"]}
parameters: {x: {min: 10, max: 99}}
','space.yaml','FOLDER',9,12,2,1.79527829713637757298e+09,NULL,NULL,NULL,'{}','[]');
CREATE TABLE "trial" ("number" INTEGER PRIMARY KEY, "state" TEXT NOT NULL, "assignment" TEXT NOT NULL, "launches" INTEGER NOT NULL, "milestone" INTEGER, "started_at" DOUBLE, "launched_at" DOUBLE, "ended_at" DOUBLE, "seconds" DOUBLE NOT NULL, "error" TEXT, "log_tail" TEXT);
INSERT INTO "trial" VALUES(0,'failed','{"x":91}',1,1,1795278297.46502,NULL,1.79527829765116500853e+09,1.86145067214965820312e-01,'ended with exit code 3','no room for 91
');
INSERT INTO "trial" VALUES(1,'paused','{"x":27}',1,1,1.79527829750189828867e+09,NULL,NULL,3.8880157470703125e-01,NULL,NULL);
INSERT INTO "trial" VALUES(2,'paused','{"x":58}',2,2,1.79527829766960501673e+09,NULL,NULL,5.72876453399658203125e-01,NULL,NULL);
INSERT INTO "trial" VALUES(3,'paused','{"x":55}',1,1,1.79527829789751625054e+09,NULL,NULL,2.65942811965942382812e-01,NULL,NULL);
INSERT INTO "trial" VALUES(4,'complete','{"x":72}',3,4,1.79527829817346382145e+09,NULL,1.79527829939290165905e+09,1.19439840316772460937e+00,NULL,NULL);
INSERT INTO "trial" VALUES(5,'paused','{"x":26}',1,1,1.79527829828569173808e+09,NULL,NULL,3.15999269485473632812e-01,NULL,NULL);
INSERT INTO "trial" VALUES(6,'failed','{"x":98}',1,1,1.79527829860865211484e+09,NULL,1.79527829878890037539e+09,1.80248260498046875e-01,'ended with exit code 3','no room for 98
');
INSERT INTO "trial" VALUES(7,'paused','{"x":56}',2,2,1.79527829880554389953e+09,NULL,NULL,0.741363525390625,NULL,NULL);
INSERT INTO "trial" VALUES(8,'paused','{"x":14}',1,1,1.7952782994051346779e+09,NULL,NULL,3.689594268798828125e-01,NULL,NULL);
INSERT INTO "trial" VALUES(9,'complete','{"x":68}',3,4,1.79527829959940862653e+09,NULL,1.79527830068438863748e+09,1.033153533935546875e+00,NULL,NULL);
INSERT INTO "trial" VALUES(10,'paused','{"x":62}',2,2,1.79527829977754974357e+09,NULL,NULL,5.48527479171752929687e-01,NULL,NULL);
INSERT INTO "trial" VALUES(11,'running','{"x":69}',2,2,1.79527830033124971391e+09,1.79527830071805953983e+09,NULL,3.79306793212890625e-01,NULL,NULL);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('run',1);
COMMIT;
