import NIOCore

/// Runs tasks on one event loop, so that a request is worked on by the thread that its connection belongs to: what
/// wakes a task there continues it in place, without a detour over Swift's own threads.
package final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    package init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        // Not in the midst of another task: that one goes on first, or wake-ups would nest as deep as they come.
        if eventLoop.inEventLoop, withUnsafeCurrentTask(body: { $0 == nil }) {
            job.runSynchronously(on: executor)
        } else {
            eventLoop.execute { job.runSynchronously(on: executor) }
        }
    }
}
