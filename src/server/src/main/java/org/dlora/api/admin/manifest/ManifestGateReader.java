package org.dlora.api.admin.manifest;

import java.util.List;
import java.util.Optional;
import org.dlora.api.admin.adapters.GateBody;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.manifest.DesiredGate;
import tools.jackson.databind.node.ObjectNode;

/** Reader of the gate of an adapter in a manifest, with the members that it has over HTTP. */
final class ManifestGateReader {
    private ManifestGateReader() {}

    /**
     * Reads {@code gate: {prompts: [...]}}.
     *
     * @param vocabulary number of token ids
     * @return empty if the adapter does not have the key
     */
    static Optional<DesiredGate> read(YamlMapping adapter, int vocabulary) {
        var line = adapter.line(DesiredAdapter.GATE);
        return adapter.value(DesiredAdapter.GATE)
                .map(_ -> {
                    var json = adapter.json(List.of(DesiredAdapter.GATE)).get(DesiredAdapter.GATE);
                    if (!(json instanceof ObjectNode body)) {
                        throw YamlMapping.problem(
                                line,
                                "'gate' must be a mapping with 'prompts', such as {prompts: [{prompt: 2 + 2 =, expected: ' 4'}]}");
                    }
                    try {
                        return new DesiredGate(GateBody.read(body, vocabulary));
                    } catch (ApiException e) {
                        throw YamlMapping.problem(line, "gate: " + e.getMessage());
                    }
                });
    }
}
