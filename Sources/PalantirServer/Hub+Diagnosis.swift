import Palantir

extension Hub {
    /// What a look at one subject finds: models from the mirror, signatures as far as it has them.
    static func look(
        _ doctor: Doctor, _ registry: RegistryMirror, _ deployments: DeploymentController?
    ) -> DiagnosisRounds.Look {
        { subject in
            switch subject {
            case .registry: return await doctor.registry()
            case .featureStore: return await doctor.featureStore()
            case .model(let name, let choice):
                guard let mirrored = registry.known(name) else { return [] }
                let version = mirrored.version(choice)
                let signature = version.map { version -> Doctor.SignatureLookUp in
                    let known = registry.signatures.signature(of: version, of: mirrored.model.name)
                    return known.map { .known($0) } ?? .unknown(nil)
                }
                return await doctor.findings(
                    of: mirrored.model, version, signature: signature ?? .none,
                    deployment: deployments?.deployment(of: mirrored.model.name))
            }
        }
    }
}
