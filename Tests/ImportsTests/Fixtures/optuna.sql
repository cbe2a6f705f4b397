BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'tuning');
INSERT INTO "studies" VALUES(2,'pair');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MINIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MAXIMIZE',2,0);
INSERT INTO "study_directions" VALUES(3,'MINIMIZE',2,1);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,2,'study:metric_names','["accuracy", "size"]');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,10,2.12083013443005841125e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,20,2.0708301344300581448e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,30,2.05416346776339153734e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,10,1.45910174052604935113e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,2,20,1.40910174052604930672e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,2,30,1.39243507385938269926e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,3,10,2.59387711815798827075e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,3,20,2.54387711815798800429e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,4,10,3.39904017953601966794e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,4,20,3.34904017953601940149e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,4,30,3.33237351286935279404e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,5,10,8.06587696977742241166e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,5,20,NULL,'NAN');
INSERT INTO "trial_intermediate_values" VALUES(14,6,10,5.58197358358751727358e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,6,20,5.08197358358751793971e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,6,30,4.91530691692085075494e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,7,10,2.93442993072237179319e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,7,20,2.88442993072237152674e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,7,30,2.86776326405570491928e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(20,8,10,2.04566684143829702335e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(21,8,20,1.99566684143829697895e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(22,8,30,1.97900017477163037149e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(23,9,10,1.63031936397781240799e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(24,9,20,1.58031936397781236358e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(25,9,30,1.56365269731114575613e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(26,10,1,0.5,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'lr',4.49152382513799523517e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(2,1,'r',24.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(3,1,'layers',2.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(4,1,'dropout',3.00000000000000044408e-01,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(5,1,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(6,2,'lr',2.10101682833798130691e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(7,2,'r',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(8,2,'layers',5.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(9,2,'dropout',3.00000000000000044408e-01,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(10,2,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(11,3,'lr',5.99456040417437302069e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(12,3,'r',14.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(13,3,'layers',2.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(14,3,'dropout',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(15,3,'kind',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(16,3,'momentum',2.21957883932181410102e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(17,4,'lr',1.45852464762391195989e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(18,4,'r',30.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(19,4,'layers',57.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(20,4,'dropout',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(21,4,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(22,5,'lr',4.71544069458756627891e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(23,5,'r',12.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(24,5,'layers',1.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(25,5,'dropout',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(26,5,'kind',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(27,6,'lr',0.00057379758149719,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(28,6,'r',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(29,6,'layers',2.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(30,6,'dropout',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(31,6,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(32,7,'lr',1.22047429556292343056e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(33,7,'r',24.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(34,7,'layers',19.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(35,7,'dropout',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(36,7,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(37,8,'lr',9.4933933140844576964e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(38,8,'r',16.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(39,8,'layers',1.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(40,8,'dropout',0.1,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(41,8,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(42,9,'lr',2.66235418969000092563e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(43,9,'r',20.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 32}}');
INSERT INTO "trial_params" VALUES(44,9,'layers',1.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 64}}');
INSERT INTO "trial_params" VALUES(45,9,'dropout',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(46,9,'kind',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(47,10,'lr',0.001,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.01, "log": true}}');
INSERT INTO "trial_params" VALUES(48,10,'kind',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [null, true, 0.5, "text", 3]}}');
INSERT INTO "trial_params" VALUES(49,12,'x',7.07784958113958584391e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(50,13,'x',2.28946410126993016298e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(51,14,'x',5.98299219616446387171e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,11,'fixed_params','{"lr": 0.002}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(2,2,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(3,3,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(4,4,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(5,5,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(6,6,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(7,7,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(8,8,'note','"n"');
INSERT INTO "trial_user_attributes" VALUES(9,9,'note','"n"');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,2.05416346776339153734e+00,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,1.39243507385938269926e+00,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,2.54387711815798800429e+00,'FINITE');
INSERT INTO "trial_values" VALUES(4,6,0,NULL,'INF_POS');
INSERT INTO "trial_values" VALUES(5,8,0,1.97900017477163037149e+00,'FINITE');
INSERT INTO "trial_values" VALUES(6,9,0,1.56365269731114575613e+00,'FINITE');
INSERT INTO "trial_values" VALUES(7,10,0,0.125,'FINITE');
INSERT INTO "trial_values" VALUES(8,12,0,0.5,'FINITE');
INSERT INTO "trial_values" VALUES(9,12,1,3.0,'FINITE');
INSERT INTO "trial_values" VALUES(10,13,0,0.6,'FINITE');
INSERT INTO "trial_values" VALUES(11,13,1,2.0,'FINITE');
INSERT INTO "trial_values" VALUES(12,14,0,0.7,'FINITE');
INSERT INTO "trial_values" VALUES(13,14,1,1.0,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-26 07:59:25.647211','2026-11-26 07:59:25.806811');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-26 07:59:25.844712','2026-11-26 07:59:26.002252');
INSERT INTO "trials" VALUES(3,2,1,'PRUNED','2026-11-26 07:59:26.038104','2026-11-26 07:59:26.264145');
INSERT INTO "trials" VALUES(4,3,1,'FAIL','2026-11-26 07:59:26.293763','2026-11-26 07:59:26.370672');
INSERT INTO "trials" VALUES(5,4,1,'PRUNED','2026-11-26 07:59:26.397243','2026-11-26 07:59:26.616682');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-26 07:59:26.651092','2026-11-26 07:59:26.855674');
INSERT INTO "trials" VALUES(7,6,1,'FAIL','2026-11-26 07:59:26.874148','2026-11-26 07:59:27.098875');
INSERT INTO "trials" VALUES(8,7,1,'COMPLETE','2026-11-26 07:59:27.131079','2026-11-26 07:59:27.276416');
INSERT INTO "trials" VALUES(9,8,1,'COMPLETE','2026-11-26 07:59:27.312054','2026-11-26 07:59:27.512201');
INSERT INTO "trials" VALUES(10,9,1,'COMPLETE','2026-11-26 07:59:27.529738','2026-11-26 07:59:27.529738');
INSERT INTO "trials" VALUES(11,10,1,'RUNNING','2026-11-26 07:59:27.595017',NULL);
INSERT INTO "trials" VALUES(12,0,2,'COMPLETE','2026-11-26 07:59:27.718288','2026-11-26 07:59:27.802291');
INSERT INTO "trials" VALUES(13,1,2,'COMPLETE','2026-11-26 07:59:27.835973','2026-11-26 07:59:27.910602');
INSERT INTO "trials" VALUES(14,2,2,'COMPLETE','2026-11-26 07:59:27.928860','2026-11-26 07:59:27.990401');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
