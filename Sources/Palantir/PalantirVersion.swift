/// Which Palantir this is.
package enum PalantirVersion {
    package static let current = "0.1.0"
}
