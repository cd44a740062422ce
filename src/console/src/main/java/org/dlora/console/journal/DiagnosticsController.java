package org.dlora.console.journal;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.ClusterEvents;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Download of the bundle for diagnosis. For administrators; the audit has who took it, so it is a
 * form and no link.
 */
@Controller
final class DiagnosticsController {
    private static final MediaType ZIP = MediaType.valueOf("application/zip");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Diagnostics diagnostics;
    private final ClusterEvents events;
    private final WorkPools pools;

    DiagnosticsController(Diagnostics diagnostics, ClusterEvents events, WorkPools pools) {
        this.pools = pools;
        this.diagnostics = diagnostics;
        this.events = events;
    }

    @PostMapping("/console/journal/diagnostics")
    Mono<ResponseEntity<byte[]>> bundle(ServerWebExchange exchange) {
        var actor = RequestCaller.name(exchange.getRequest());
        return pools.catalogue()
                .run(() -> {
                    var zip = diagnostics.zip();
                    events.done(actor, "diagnostics.download", "server", null, null);
                    return answer(zip);
                });
    }

    private static ResponseEntity<byte[]> answer(byte[] zip) {
        var name = "dlora-diagnostics-%s.zip".formatted(TIME.format(Instant.now()));
        return ResponseEntity.ok()
                .contentType(ZIP)
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment().filename(name).build().toString())
                .body(zip);
    }
}
