/// The tables that Optuna 3.2 to 5 expects; it makes none of them itself in a file that says which version it has.
enum OptunaSchema {
    static let statements = tables.map { "CREATE TABLE \($0)" } + indices + versions

    private static let tables = [
        "alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "version_info (version_info_id INTEGER NOT NULL PRIMARY KEY CHECK (version_info_id = 1), schema_version INTEGER, library_version VARCHAR(256))",
        "studies (study_id INTEGER NOT NULL PRIMARY KEY, study_name VARCHAR(512) NOT NULL)",
        """
        study_directions (study_direction_id INTEGER NOT NULL PRIMARY KEY, direction VARCHAR(8) NOT NULL, \(ofStudy) NOT NULL, \
        objective INTEGER NOT NULL, UNIQUE (study_id, objective))
        """,
        "study_user_attributes (study_user_attribute_id \(attribute(ofStudy, "study_id")))",
        "study_system_attributes (study_system_attribute_id \(attribute(ofStudy, "study_id")))",
        """
        trials (trial_id INTEGER NOT NULL PRIMARY KEY, number INTEGER, \(ofStudy), state VARCHAR(8) NOT NULL, \
        datetime_start DATETIME, datetime_complete DATETIME)
        """,
        "trial_user_attributes (trial_user_attribute_id \(attribute(ofTrial, "trial_id")))",
        "trial_system_attributes (trial_system_attribute_id \(attribute(ofTrial, "trial_id")))",
        """
        trial_params (param_id INTEGER NOT NULL PRIMARY KEY, \(ofTrial), param_name VARCHAR(512), param_value FLOAT, \
        distribution_json TEXT, UNIQUE (trial_id, param_name))
        """,
        """
        trial_values (trial_value_id INTEGER NOT NULL PRIMARY KEY, \(ofTrial) NOT NULL, objective INTEGER NOT NULL, value FLOAT, \
        value_type VARCHAR(7) NOT NULL, UNIQUE (trial_id, objective))
        """,
        """
        trial_intermediate_values (trial_intermediate_value_id INTEGER NOT NULL PRIMARY KEY, \(ofTrial) NOT NULL, step INTEGER NOT NULL, \
        intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL, UNIQUE (trial_id, step))
        """,
        """
        trial_heartbeats (trial_heartbeat_id INTEGER NOT NULL PRIMARY KEY, \(ofTrial) NOT NULL UNIQUE, \
        heartbeat DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP)
        """,
    ]

    private static let indices = [
        "CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name)",
        "CREATE INDEX ix_trials_study_id ON trials (study_id)",
    ]

    private static let versions = [
        "INSERT INTO alembic_version VALUES ('v3.2.0.a')", "INSERT INTO version_info VALUES (1, 12, '5.0.0')",
    ]

    private static let ofStudy = "study_id INTEGER REFERENCES studies (study_id)"
    private static let ofTrial = "trial_id INTEGER REFERENCES trials (trial_id)"

    private static func attribute(_ owner: String, _ name: String) -> String {
        "INTEGER NOT NULL PRIMARY KEY, \(owner), \"key\" VARCHAR(512), value_json TEXT, UNIQUE (\(name), \"key\")"
    }
}
