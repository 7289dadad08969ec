import Hummingbird
import Palantir

/// What goes with a request through middleware and controllers.
package struct HubRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The caller's `x-request-id` if it is sane, else one of ours.
    package var requestID = ""
    /// Who calls; nobody until that was found out, and at routes that are open.
    package var caller = Principal.nobody

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
