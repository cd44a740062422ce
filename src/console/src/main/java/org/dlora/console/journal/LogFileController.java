package org.dlora.console.journal;

import java.nio.charset.StandardCharsets;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.facts.ClusterEvents;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Download of the end of the log's file. For administrators; the audit has who took it, so it is a
 * form and no link.
 */
@Controller
final class LogFileController {
    private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

    private final LogFileTail tail;
    private final WorkPools pools;
    private final ClusterEvents events;

    LogFileController(LogFileTail tail, ClusterEvents events, WorkPools pools) {
        this.pools = pools;
        this.tail = tail;
        this.events = events;
    }

    @PostMapping("/console/journal/log/file")
    Mono<ResponseEntity<byte[]>> file(ServerWebExchange exchange) {
        var actor = RequestCaller.name(exchange.getRequest());
        return pools.catalogue()
                .run(() -> {
                    var file =
                            tail.file()
                                    .orElseThrow(() ->
                                            ApiException.of(
                                                    HttpStatus.NOT_FOUND,
                                                    "This server writes no log file. Set logging.file.name and start it again."));
                    var text = tail.text(file).getBytes(StandardCharsets.UTF_8);
                    events.done(actor, "log.download", file.toString(), null, null);
                    return answer(text);
                });
    }

    private static ResponseEntity<byte[]> answer(byte[] text) {
        return ResponseEntity.ok()
                .contentType(TEXT)
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment().filename("dlora.log").build().toString())
                .body(text);
    }
}
