import GRDB

/// The store's schema, version by version; a version that was released is never changed.
enum Migrations {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1", migrate: firstVersion)
        migrator.registerMigration("v2", migrate: constraintsAndEarlierStudies)
        migrator.registerMigration("v3", migrate: detailsOfReports)
        migrator.registerMigration("v4", migrate: otherMetrics)
        migrator.registerMigration("v5", migrate: orderOfEvents)
        migrator.registerMigration("v6", migrate: outOfMemory)
        migrator.registerMigration("v7", migrate: confirmations)
        migrator.registerMigration("v8", migrate: requests)
        migrator.registerMigration("v9", migrate: jobs)
        return migrator
    }

    private static func jobs(_ db: Database) throws {
        // What a cluster says of launches; a launch of this machine has none.
        try db.create(table: "job") { table in
            table.column("trial", .integer).notNull()
            table.column("launch", .integer).notNull()
            // The name that tells the job for good.
            table.column("name", .text).notNull()
            // The cluster's number for it; NULL: it has none yet.
            table.column("job", .text)
            table.column("phase", .text).notNull()
            // Why it waits, in the cluster's word; NULL: it does not.
            table.column("reason", .text)
            table.column("node", .text)
            table.column("requeued", .integer).notNull().defaults(to: 0)
            table.column("submitted_at", .double).notNull()
            // When it was in this phase first.
            table.column("since", .double).notNull()
            table.column("started_at", .double)
            // What was decided of the trial, after which the launch is to end; NULL: nothing yet.
            table.column("verdict", .text)
            // NULL: the launch is not over.
            table.column("ended_at", .double)
            table.primaryKey(["trial", "launch"])
        }
        try db.alter(table: "study") { table in
            // Where it runs, as the command line said, as JSON; NULL: where its space file says.
            table.add(column: "runner", .text)
        }
    }

    private static func requests(_ db: Database) throws {
        // What somebody asks of the study; the controller answers, or whoever asks where there is none.
        try db.create(table: "request") { table in
            table.primaryKey("number", .integer)
            table.column("at", .double).notNull()
            table.column("kind", .text).notNull()
            table.column("trial", .integer)
            // A note, a tag, the reason of a stop or a prune.
            table.column("content", .text)
            // A configuration: as it was asked for, and whole once it is taken.
            table.column("assignment", .text)
            // Of workers; the number of a request that is taken back.
            table.column("count", .integer)
            // Whether it was done; NULL: it waits for an answer.
            table.column("done", .integer)
            table.column("answer", .text)
            table.column("answered_at", .double)
        }
        try db.execute(sql: "CREATE INDEX waiting_request ON request (number) WHERE done IS NULL")
        try db.alter(table: "trial") { table in
            // The request that asked for its configuration; NULL: none did.
            table.add(column: "enqueued_by", .integer)
            // The request that took it out; NULL: none did.
            table.add(column: "pruned_by", .integer)
        }
    }

    private static func confirmations(_ db: Database) throws {
        try db.alter(table: "trial") { table in
            // What the trial is for; NULL: for the search.
            table.add(column: "purpose", .text)
            // The trial that it confirms; NULL: none, or the baseline.
            table.add(column: "confirms", .integer)
            // Its own seed; NULL: it has the study's.
            table.add(column: "seed", .integer)
            // What its adapter reaches on data that no trial has seen; NULL: not measured.
            table.add(column: "test_metrics", .text)
        }
        try db.alter(table: "study") { table in
            // What is being confirmed, or was last; NULL: nothing.
            table.add(column: "confirmation", .text)
        }
    }

    private static func outOfMemory(_ db: Database) throws {
        try db.alter(table: "trial") { table in
            // What the trial was short of when it ran out of memory; NULL: it did not.
            table.add(column: "infeasible", .text)
            // How often its batch was halved; NULL: never.
            table.add(column: "halvings", .integer)
        }
    }

    private static func otherMetrics(_ db: Database) throws {
        try db.alter(table: "study") { table in
            // NULL: the study is after one metric alone.
            table.add(column: "other_metrics", .text)
        }
    }

    private static func orderOfEvents(_ db: Database) throws {
        // The order in which everything happened: what is decided depends on it where trials run at the same time.
        try db.create(table: "event") { table in
            table.primaryKey("number", .integer)
            table.column("at", .double).notNull()
            table.column("kind", .text).notNull()
            table.column("trial", .integer)
            table.column("iter", .integer)
            table.column("state", .text)
            table.column("run_cap", .integer)
        }
    }

    private static func detailsOfReports(_ db: Database) throws {
        try db.alter(table: "report") { table in
            // NULL: the trial said none.
            table.add(column: "details", .text)
        }
    }

    private static func constraintsAndEarlierStudies(_ db: Database) throws {
        try db.alter(table: "study") { table in
            // What trials report is held to; NULL: nothing is.
            table.add(column: "constraints", .text)
        }
        // The trials of the studies that this one learns from, as they stood when it began.
        try db.create(table: "earlier_trial") { table in
            table.column("study", .text).notNull()
            table.column("number", .integer).notNull()
            table.column("state", .text).notNull()
            table.column("assignment", .text).notNull()
            table.column("iter", .integer)
            table.column("value", .double)
            table.primaryKey(["study", "number"])
        }
    }

    private static func firstVersion(_ db: Database) throws {
        try db.create(table: "study") { table in
            table.primaryKey("id", .integer).check { $0 == 1 }
            table.column("name", .text).notNull()
            table.column("goal", .text).notNull()
            table.column("metric", .text).notNull()
            table.column("space_file", .text).notNull()
            table.column("space_file_name", .text).notNull()
            table.column("folder", .text).notNull()
            table.column("seed", .integer).notNull()
            table.column("run_cap", .integer).notNull()
            table.column("workers", .integer).notNull()
            table.column("created_at", .double).notNull()
            table.column("finished_at", .double)
            table.column("tested_trial", .integer)
            table.column("test_metrics", .text)
        }
        // One row for each controller that worked on the study.
        try db.create(table: "run") { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("started_at", .double).notNull()
            table.column("seen_at", .double).notNull()
            table.column("end", .text)
        }
        try db.create(table: "trial") { table in
            table.primaryKey("number", .integer)
            table.column("state", .text).notNull()
            table.column("assignment", .text).notNull()
            table.column("launches", .integer).notNull()
            table.column("milestone", .integer)
            table.column("started_at", .double)
            table.column("launched_at", .double)
            table.column("ended_at", .double)
            table.column("seconds", .double).notNull()
            table.column("error", .text)
            table.column("log_tail", .text)
        }
        try db.create(table: "report") { table in
            table.column("trial", .integer).notNull().references("trial", onDelete: .cascade)
            table.column("iter", .integer).notNull()
            table.column("step", .integer)
            // NULL is NaN, which SQLite cannot store.
            table.column("value", .double)
            table.column("metrics", .text).notNull()
            table.column("reported_at", .double).notNull()
            table.primaryKey(["trial", "iter"])
        }
    }
}
