import Logging
import ServiceLifecycle

extension RegistryMirror: Service {
    /// At most this many direct look-ups at once: MLflow answers a hundred or two a second, and others use it too.
    private static var maximumLookUps: Int { 4 }
    /// A look-up's own limit: those who wait have earlier deadlines of their own.
    private static var lookUpTimeout: Duration { .seconds(5) }
    /// A thousand models take MLflow a third of a second; one that hangs is not waited for much longer than it usually takes.
    private static var firstTimeout: Duration { .seconds(5) }
    /// A registry of ten thousand models takes seconds to list, more of them while MLflow is busy.
    private static var longestTimeout: Duration { .seconds(60) }
    private static var firstRetry: Duration { .milliseconds(250) }

    package func run() async throws {
        await loadSnapshot()
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.refreshForever() }
                group.addTask { await self.answerLookUps() }
            }
        }
    }

    private func loadSnapshot() async {
        switch await snapshotFile.load() {
        case .success(let snapshot?):
            accept(snapshot)
            signatures.restore(snapshot.signatures)
            logger.info("Registry snapshot loaded from disk", metadata: ["models": "\(snapshot.models.count)"])
        case .success(nil): break
        case .failure(let problem):
            logger.warning(
                "Registry snapshot on disk is not usable; it is fetched anew from MLflow",
                metadata: ["file": "\(snapshotFile.path)", "reason": "\(problem.reason)"])
        }
    }

    private func refreshForever() async {
        var failures = 0
        var usual = Duration.zero
        while !Task.isCancelled {
            let start = ContinuousClock.now
            lookBegins()
            let timeout = max(Self.firstTimeout, usual * 4) * (1 << min(failures, 10))
            let succeeded = await refresh(within: min(timeout, Self.longestTimeout))
            failures = succeeded ? 0 : failures + 1
            let took = start.duration(to: .now)
            // A list that takes long to fetch keeps MLflow busy for a fifth of the time at most, whoever wants it: ten
            // thousand models take seconds. That it took long once means nothing.
            let least =
                succeeded ? min(took, usual) * 4 : min(Self.firstRetry * (1 << min(failures - 1, 10)), interval)
            if succeeded { usual = took }
            try? await Task.sleep(for: least)
            if succeeded { await pause(interval - took - least) }
        }
    }

    /// One look at the whole registry.
    ///
    /// - Returns: whether it succeeded.
    package func refresh(within timeout: Duration = .seconds(60)) async -> Bool {
        let asked = ContinuousClock.now
        do {
            let list = try await registry.registeredModels(by: .after(timeout))
            let wasFailing = status.lastError != nil
            switch accept(list, askedAt: asked) {
            case .notBelieved:
                logger.warning("The registry suddenly has no models; the known ones are kept until it says so again")
                return true
            case .changed:
                logger.info("Registry changed", metadata: ["models": "\(list.count)"])
                tellWaiting()
                await save()
            case .unchanged: if hasUnsaved { await save() }
            }
            if wasFailing { logger.info("The registry answers again") }
            if await signatures.fill(for: models, from: registry) { await save() }
            return true
        } catch {
            if Task.isCancelled { return false }
            if noteFailure(error) {
                logger.warning(
                    "The registry cannot be refreshed; known models are served on",
                    metadata: ["error": "\(error.message)", "cause": "\(error.cause ?? "none")"])
            }
            return false
        }
    }

    private func tellWaiting() {
        let waiting = models.filter(\.waitsForDeployment).map(\.model.name)
        guard !waiting.isEmpty else { return }
        logger.warning(
            "Models wait to be deployed; PALANTIR_AUTODEPLOY and PALANTIR_AUTODEPLOY_MODELS say which may be",
            metadata: ["models": "\(waiting.prefix(20).joined(separator: ", "))", "count": "\(waiting.count)"])
    }

    private func save() async {
        // Before the copy is made: what is learnt meanwhile is for the next one.
        hasUnsaved = false
        let snapshot = RegistrySnapshot(
            savedAt: .now, models: models.map(\.model), signatures: signatures.contents)
        if let problem = await snapshotFile.save(snapshot) {
            hasUnsaved = true
            logger.warning(
                "Registry snapshot was not saved; a restart without MLflow would know less",
                metadata: ["file": "\(snapshotFile.path)", "reason": "\(problem.reason)"])
        }
    }

    private func answerLookUps() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await candidate in lookUps {
                if running >= Self.maximumLookUps {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await self.answerLookUp(candidate) }
            }
        }
    }

    private func answerLookUp(_ candidate: ModelReference.Candidate) async {
        let result: Result<RegisteredModel?, PalantirError>
        do throws(PalantirError) {
            result = .success(try await lookUpDirectly(candidate))
        } catch {
            result = .failure(error)
        }
        finish(candidate, with: result)
    }

    private func lookUpDirectly(
        _ candidate: ModelReference.Candidate
    ) async throws(PalantirError) -> RegisteredModel? {
        do {
            let version: Int? = if case .version(let number) = candidate.choice { number } else { nil }
            return try await registry.registeredModel(
                named: candidate.name.text, including: version, by: .after(Self.lookUpTimeout))
        } catch  where error.code == .deadlineExceeded {
            throw PalantirError(
                .registryUnavailable, "The model registry is unavailable: it did not answer in time.",
                cause: error.cause)
        }
    }
}
