package org.dlora.api.admin.cluster;

import java.util.List;
import org.dlora.operate.Administration;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Endpoint of the dispatch: on which replicas requests were put, and why. */
@RestController
public final class DispatchController {
    private static final CountParameter DECISIONS = new CountParameter("decisions", 20, 256);

    private final Administration administration;

    DispatchController(Administration administration) {
        this.administration = administration;
    }

    /** Decisions, the newest first. */
    record Decisions(List<DispatchBody> decisions) {}

    @GetMapping("/admin/dispatch")
    Mono<Decisions> read(@RequestParam MultiValueMap<String, String> query) {
        int last = DECISIONS.read(query);
        var service = administration.scheduling();
        return Mono.just(
                new Decisions(service.dispatch(last).stream().map(DispatchBody::of).toList()));
    }
}
