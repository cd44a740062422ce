package org.dlora.api.admin.manifest;

import org.dlora.api.web.ApiException;
import org.dlora.operate.Administration;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoint that shows the manifest, what is served, and what differs. */
@RestController
public final class ManifestController {
    private final Administration administration;

    ManifestController(Administration administration) {
        this.administration = administration;
    }

    @GetMapping("/admin/manifest")
    Mono<ManifestBody> read() {
        var _ = administration.scheduling();
        return Mono.just(
                administration
                        .manifest()
                        .map(manifest -> ManifestBody.of(manifest.report()))
                        .orElseThrow(() ->
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "This server has no manifest; its setting dlora.adapters.manifest names one.")));
    }
}
