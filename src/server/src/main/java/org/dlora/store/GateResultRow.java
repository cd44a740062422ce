package org.dlora.store;

import jakarta.persistence.Embeddable;
import java.time.Instant;
import java.util.List;
import org.dlora.catalogue.versions.GateResult;

/**
 * The last result of a version with a gate.
 *
 * @param version hash of the version
 * @param gate hash of the gate
 * @param findings JSON
 */
@Embeddable
record GateResultRow(String version, String gate, Instant checkedAt, String findings) {

    static GateResultRow of(GateResult result) {
        return new GateResultRow(
                result.version(),
                result.gate(),
                result.checked(),
                GateJson.write(result.findings()));
    }

    GateResult result() {
        return new GateResult(
                version,
                gate,
                checkedAt,
                List.of(GateJson.read(findings, GateResult.Finding[].class)));
    }
}
