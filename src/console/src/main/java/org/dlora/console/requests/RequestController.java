package org.dlora.console.requests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.HashMap;
import java.util.OptionalInt;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Json;
import org.dlora.api.web.RepeatedCalls;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageHistory;
import org.dlora.console.page.PageHistory.Answer;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.Administration;
import org.dlora.operate.history.ReplayCommands;
import org.dlora.operate.history.ReplayedRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Page of one request, which says where its time went, and its replay. */
@Controller
final class RequestController {
    /** Longest wait for a replay; the replay goes on. */
    private static final Duration LONGEST_REPLAY = Duration.ofMinutes(10);

    private static final String PATH = "/console/request";

    private final PageRenderer pages;
    private final PageHistory history;
    private final Administration administration;
    private final OpenRequestPanel running;
    private final RepeatedCalls calls;
    private final ReplayCommands replays;

    RequestController(
            PageRenderer pages,
            PageHistory history,
            Administration administration,
            OpenRequestPanel running,
            RepeatedCalls calls,
            ReplayCommands replays) {
        this.pages = pages;
        this.history = history;
        this.administration = administration;
        this.running = running;
        this.calls = calls;
        this.replays = replays;
    }

    @GetMapping(PATH)
    Mono<ResponseEntity<String>> request(
            ServerWebExchange exchange, @RequestParam(defaultValue = "") String id) {
        return history.<RequestFound>ask(asked -> RequestFound.of(asked, id))
                .flatMap(found -> {
                    var value = found.value();
                    var row = value == null ? null : value.row();
                    return value == null || row == null
                            ? unfinished(exchange, id, found)
                            : pages.page(
                                    exchange,
                                    "request-ended",
                                    new RequestView(row, value, administration).values());
                });
    }

    private Mono<ResponseEntity<String>> unfinished(
            ServerWebExchange exchange, String id, Answer<RequestFound> found) {
        var open = running.find(id).orElse(null);
        var problem = found.problem();
        var values = new HashMap<String, @Nullable Object>();
        values.put("id", id);
        values.put("open", open);
        values.put("away", open == null ? problem : null);
        return pages.page(
                exchange,
                open == null && problem == null ? HttpStatus.NOT_FOUND : HttpStatus.OK,
                "request",
                values);
    }

    /** Runs a request anew; the page of the request says how the answers compare. */
    @PostMapping(PATH + "/replay")
    Mono<ResponseEntity<String>> replay(
            ServerWebExchange exchange, @RequestParam(defaultValue = "") String id) {
        var back = PageAddress.of(PATH, "id", id);
        var actor = RequestCaller.name(exchange.getRequest());
        var access = RequestCaller.access(exchange.getRequest());
        return PageForms.change(
                exchange,
                back,
                fields -> {
                    var prepared = replays.prepare(id, calls.of(body(fields), access));
                    return new Done(
                            back,
                            words(
                                    Mono.fromFuture(() -> replays.run(prepared, actor))
                                            .onErrorMap(
                                                    RuntimeException.class, ApiException::refused)
                                            .block(LONGEST_REPLAY)));
                });
    }

    private static ObjectNode body(FormFields fields) {
        var body = fields.text("body");
        return Json.object((body.isEmpty() ? "{}" : body).getBytes(UTF_8));
    }

    /** Returns the result of a replay in sentences, a line each. */
    private String words(@Nullable ReplayedRequest replay) {
        if (replay == null) {
            return "The replay has no result.";
        }
        var report = replay.report();
        var words =
                new StringBuilder(
                        switch (report.verdict()) {
                            case IDENTICAL -> "Replayed: all tokens are the same.";
                            case WITHIN_NOISE ->
                                    "Replayed: a token differs, within the noise of merged weights.";
                            case ALTERED ->
                                    "Replayed: what is kept of the request contradicts itself.";
                            case DIFFERENT -> "Replayed: a token differs.";
                        });
        words.append(
                "\nThe request has %d output tokens, the replay %d."
                        .formatted(report.originalTokens(), report.replayTokens()));
        var difference = report.difference();
        if (difference != null) {
            words.append(
                    "\nThe first difference is at token %d: %s in the request, %s in the replay."
                            .formatted(
                                    difference.index(),
                                    token(difference.original()),
                                    token(difference.replay())));
        }
        report.notes().forEach(note -> words.append('\n').append(note));
        return words.toString();
    }

    private String token(OptionalInt token) {
        if (token.isEmpty()) {
            return "none";
        }
        var tokenizer = administration.models().base().tokenizer();
        return "'%s' (id %d)"
                .formatted(tokenizer.decode(new int[] {token.getAsInt()}, false), token.getAsInt());
    }
}
