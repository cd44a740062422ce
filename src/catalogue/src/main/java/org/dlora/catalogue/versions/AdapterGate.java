package org.dlora.catalogue.versions;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The gate of an adapter, and the last result of each of its versions. Results outlast the gate: a
 * rollback takes a version that passed an earlier one.
 *
 * @param gate empty if versions need to pass nothing
 * @param results by the version's hash
 */
public record AdapterGate(Optional<Gate> gate, SortedMap<String, GateResult> results) {

    /** No gate and no results. */
    public static final AdapterGate NONE = new AdapterGate(Optional.empty(), new TreeMap<>());

    public AdapterGate {
        results = Collections.unmodifiableSortedMap(new TreeMap<>(results));
    }

    /** Returns the last result of a version, of this gate or an earlier one. */
    public Optional<GateResult> result(VersionRecord version) {
        return version.hash().flatMap(hash -> Optional.ofNullable(results.get(hash)));
    }

    /** Returns the result of a version with the gate in force. */
    public Optional<GateResult> current(VersionRecord version) {
        return result(version)
                .filter(result -> gate.filter(g -> g.hash().equals(result.gate())).isPresent());
    }

    /** Returns whether a version may get requests: it passed the gate, or there is none. */
    public boolean admits(VersionRecord version) {
        return gate.isEmpty() || current(version).filter(GateResult::passed).isPresent();
    }

    /** Returns whether a rollback may give requests to a version: it passed some gate. */
    public boolean admitsAgain(VersionRecord version) {
        return gate.isEmpty() || result(version).filter(GateResult::passed).isPresent();
    }

    /** Returns a copy with another gate, or none. */
    AdapterGate with(Optional<Gate> changed) {
        return new AdapterGate(changed, results);
    }

    /** Returns a copy with a result in the place of the version's last one. */
    AdapterGate with(GateResult result) {
        var all = new TreeMap<>(results);
        all.put(result.version(), result);
        return new AdapterGate(gate, all);
    }
}
