import Foundation

/// The fork server's Python files, embedded in the program from the folder `Python` beside this file.
enum ScorerFiles {
    static let all: [(name: String, contents: [UInt8])] = [
        ("answers.py", PackageResources.answers_py), ("child.py", PackageResources.child_py),
        ("failures.py", PackageResources.failures_py), ("features.py", PackageResources.features_py),
        ("fork_server.py", PackageResources.fork_server_py), ("linux.py", PackageResources.linux_py),
        ("prediction_queue.py", PackageResources.prediction_queue_py), ("replica.py", PackageResources.replica_py),
        ("scoring_app.py", PackageResources.scoring_app_py), ("served_model.py", PackageResources.served_model_py),
        ("start_command.py", PackageResources.start_command_py), ("supervisor.py", PackageResources.supervisor_py),
    ]

    /// What `palantir setup python` installs.
    static let requirements = PackageResources.requirements_txt

    /// Writes them so that others may read them: the fork server may be another user's.
    ///
    /// - Returns: the path of the one to run.
    static func write(to folder: String) throws -> String {
        for (name, contents) in all {
            let path = "\(folder)/\(name)"
            try Data(contents).write(to: URL(fileURLWithPath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        }
        return folder + "/fork_server.py"
    }
}
