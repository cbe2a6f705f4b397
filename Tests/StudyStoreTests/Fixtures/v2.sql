BEGIN TRANSACTION;
CREATE TABLE "earlier_trial" ("study" TEXT NOT NULL, "number" INTEGER NOT NULL, "state" TEXT NOT NULL, "assignment" TEXT NOT NULL, "iter" INTEGER, "value" DOUBLE, PRIMARY KEY ("study", "number"));
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('v1');
INSERT INTO "grdb_migrations" VALUES('v2');
CREATE TABLE "report" ("trial" INTEGER NOT NULL REFERENCES "trial"("number") ON DELETE CASCADE, "iter" INTEGER NOT NULL, "step" INTEGER, "value" DOUBLE, "metrics" TEXT NOT NULL, "reported_at" DOUBLE NOT NULL, PRIMARY KEY ("trial", "iter"));
INSERT INTO "report" VALUES(1,1,1,0.271,'{"size":27}',1.79527826279399847983e+09);
INSERT INTO "report" VALUES(2,1,1,0.581,'{"size":58}',1.79527826284142875672e+09);
INSERT INTO "report" VALUES(3,1,1,0.551,'{"size":55}',1.7952782631256985665e+09);
INSERT INTO "report" VALUES(2,2,2,0.582,'{"size":58}',1.79527826320794868467e+09);
INSERT INTO "report" VALUES(4,1,1,0.721,'{"size":72}',1795278263.40627);
INSERT INTO "report" VALUES(5,1,1,0.261,'{"size":26}',1.79527826353558874134e+09);
INSERT INTO "report" VALUES(4,2,2,0.722,'{"size":72}',1.79527826373363161086e+09);
INSERT INTO "report" VALUES(7,1,1,0.561,'{"size":56}',1.79527826407960128781e+09);
INSERT INTO "report" VALUES(4,3,3,0.723,'{"size":72}',1.79527826414041495324e+09);
CREATE TABLE "run" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "started_at" DOUBLE NOT NULL, "seen_at" DOUBLE NOT NULL, "end" TEXT);
INSERT INTO "run" VALUES(1,1.7952782623678455353e+09,1.79527826414041495324e+09,NULL);
CREATE TABLE "study" ("id" INTEGER PRIMARY KEY CHECK ("id" = 1), "name" TEXT NOT NULL, "goal" TEXT NOT NULL, "metric" TEXT NOT NULL, "space_file" TEXT NOT NULL, "space_file_name" TEXT NOT NULL, "folder" TEXT NOT NULL, "seed" INTEGER NOT NULL, "run_cap" INTEGER NOT NULL, "workers" INTEGER NOT NULL, "created_at" DOUBLE NOT NULL, "finished_at" DOUBLE, "tested_trial" INTEGER, "test_metrics" TEXT, "constraints" TEXT);
INSERT INTO "study" VALUES(1,'kept','maximize','score','name: kept
metric: {name: score, goal: maximize}
method: random
run_cap: 12
workers: 2
seed: 9
early_terminate: {type: asha, eta: 2, min_iter: 1, max_iter: 4}
trainer: {type: command, command: [sh, train.sh, "${args}"]}
parameters: {x: {min: 10, max: 99}}
','space.yaml','FOLDER',9,12,2,1.79527826210642790791e+09,NULL,NULL,NULL,'{}');
CREATE TABLE "trial" ("number" INTEGER PRIMARY KEY, "state" TEXT NOT NULL, "assignment" TEXT NOT NULL, "launches" INTEGER NOT NULL, "milestone" INTEGER, "started_at" DOUBLE, "launched_at" DOUBLE, "ended_at" DOUBLE, "seconds" DOUBLE NOT NULL, "error" TEXT, "log_tail" TEXT);
INSERT INTO "trial" VALUES(0,'failed','{"x":91}',1,1,1.79527826237319779395e+09,NULL,1.79527826249610090256e+09,1.02151632308959960937e-01,'ended with exit code 3','no room for 91
');
INSERT INTO "trial" VALUES(1,'paused','{"x":27}',1,1,1.79527826240072298051e+09,NULL,NULL,3.98480653762817382812e-01,NULL,NULL);
INSERT INTO "trial" VALUES(2,'paused','{"x":58}',2,2,1.79527826249695682528e+09,NULL,NULL,7.15311527252197265625e-01,NULL,NULL);
INSERT INTO "trial" VALUES(3,'paused','{"x":55}',1,1,1.79527826282063436504e+09,NULL,NULL,3.02277088165283203125e-01,NULL,NULL);
INSERT INTO "trial" VALUES(4,'running','{"x":72}',3,4,1.79527826314111042024e+09,1.79527826378284597391e+09,NULL,5.6998920440673828125e-01,NULL,NULL);
INSERT INTO "trial" VALUES(5,'paused','{"x":26}',1,1,1.79527826324468493465e+09,NULL,NULL,3.13751459121704101562e-01,NULL,NULL);
INSERT INTO "trial" VALUES(6,'failed','{"x":98}',1,1,1.79527826356826162345e+09,NULL,1.79527826374030756951e+09,1.70424938201904296875e-01,'ended with exit code 3','no room for 98
');
INSERT INTO "trial" VALUES(7,'running','{"x":56}',2,2,1.79527826374220180515e+09,1.79527826408948373796e+09,NULL,3.38905572891235351562e-01,NULL,NULL);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('run',1);
COMMIT;
