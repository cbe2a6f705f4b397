extension TrialLife {
    /// What a process that ended badly was short of, as far as it can be known.
    package enum Shortage: Sendable, Hashable, Codable {
        case memory(Memory)
        /// How it is known, in words.
        case disk(String)
    }
}

extension TrialLife.Shortage {
    /// A want of memory.
    package struct Memory: Sendable, Hashable, Codable {
        /// Whose memory it was.
        package enum Place: String, Sendable, Hashable, Codable, CaseIterable {
            /// A GPU's or another accelerator's.
            case device
            case host
            /// What processes of the host share (/dev/shm): a limit of its own, often a small one.
            case shared
        }

        package enum Certainty: String, Sendable, Hashable, Codable, CaseIterable {
            /// The program or a library of its said so.
            case said
            /// The kernel killed it, and counts one more process that it killed for want of memory. It may have been another's memory.
            case counted
            /// It was killed and nothing tells why, or it said what want of memory is one reason for among others.
            case possible
        }

        package let place: Place
        package let certainty: Certainty
        /// How it is known, in words.
        package let evidence: String

        package init(_ place: Place, _ certainty: Certainty, _ evidence: String) {
            (self.place, self.certainty, self.evidence) = (place, certainty, evidence)
        }

        /// For people.
        package var words: String {
            let what =
                switch place {
                case .device: "GPU memory"
                case .host: "memory"
                case .shared: "shared memory"
                }
            return "out of \(what) (\(evidence))"
        }
    }

    /// For people, after an ending's words.
    var words: String {
        switch self {
        case .memory(let memory): "; \(memory.words)"
        case .disk(let evidence): "; the disk is full (\(evidence))"
        }
    }
}
