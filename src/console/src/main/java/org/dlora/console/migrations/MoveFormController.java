package org.dlora.console.migrations;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.NoSuchRequestException;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageAddress;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRefusal;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.cluster.MigrationCommand;
import org.dlora.operate.cluster.MigrationCommands;
import org.dlora.replica.migration.MigrationResult;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Forms that move requests and adapters. A form waits a little for the end of its move; one that
 * takes longer goes on, and the page of moves shows it: a browser that hangs for minutes looks
 * broken, and one that never waits cannot say why a move failed.
 */
@Controller
final class MoveFormController {
    private static final String PAGE = "/console/migrations";
    private static final String MOVE = "/console/migrations/move";
    private static final Duration WAIT = Duration.ofSeconds(5);

    private final Administration administration;
    private final MigrationCommands commands;

    MoveFormController(Administration administration, MigrationCommands commands) {
        this.administration = administration;
        this.commands = commands;
    }

    @PostMapping("/console/migrations/request")
    Mono<ResponseEntity<String>> request(ServerWebExchange exchange) {
        var call = exchange.getRequest();
        return PageForms.change(
                exchange,
                MOVE,
                form -> {
                    var command =
                            new MigrationCommand.MoveRequest(
                                    form.required("request", "Request"),
                                    form.required("to", "To"),
                                    !form.text("kv").equals("recompute"));
                    return done(
                            begun(RequestCaller.of(call), command),
                            MoveWords::of,
                            move -> move.result() instanceof MigrationResult.Moved,
                            "The move of request %s to replica %s has begun."
                                    .formatted(command.request(), command.to()));
                });
    }

    /**
     * @throws PageRefusal if the request has ended, with the page that leads to it
     */
    private CompletableFuture<MigrationRecord> begun(
            Caller caller, MigrationCommand.MoveRequest command) {
        try {
            return commands.move(caller, command);
        } catch (NoSuchRequestException _) {
            throw new PageRefusal(
                    PageAddress.of(MOVE, "request", command.request()),
                    "Nothing was moved: the request has ended.");
        }
    }

    @PostMapping("/console/migrations/adapter")
    Mono<ResponseEntity<String>> adapter(ServerWebExchange exchange) {
        var call = exchange.getRequest();
        return PageForms.change(
                exchange,
                MOVE,
                form -> {
                    var adapter = form.required("adapter", "Adapter");
                    var to = form.required("to", "To");
                    var caller = RequestCaller.of(call);
                    return done(
                            isCopy(form)
                                    ? commands.copy(
                                            caller, new MigrationCommand.CopyAdapter(adapter, to))
                                    : commands.move(
                                            caller,
                                            new MigrationCommand.MoveAdapter(
                                                    adapter, to, form.given("from").orElse(null))),
                            MoveWords::of,
                            move -> move.left() == 0,
                            "Adapter %s is on its way to replica %s.".formatted(adapter, to));
                });
    }

    private static boolean isCopy(FormFields form) {
        return switch (form.required("mode", "What")) {
            case "copy" -> true;
            case "move" -> false;
            default -> throw ApiException.invalid("mode", "'What' must be 'copy' or 'move'.");
        };
    }

    @PostMapping("/console/migrations/rebalance")
    Mono<ResponseEntity<String>> rebalance(ServerWebExchange exchange) {
        var call = exchange.getRequest();
        return PageForms.change(
                exchange,
                PAGE,
                _ -> {
                    var service = MigrationViews.rebalancing(administration);
                    return done(
                            commands.rebalance(RequestCaller.of(call), service),
                            MoveWords::of,
                            report -> report.unmoved() == 0,
                            "A plan is being made and applied.");
                });
    }

    /**
     * Returns the outcome of a move, as a warning unless all of it was done.
     *
     * @param begun notice of a move that takes longer
     */
    private static <T> Done done(
            CompletableFuture<T> move,
            Function<T, String> words,
            Predicate<T> whole,
            String begun) {
        try {
            var ended = move.get(WAIT.toNanos(), TimeUnit.NANOSECONDS);
            var said = words.apply(ended);
            return whole.test(ended) ? new Done(PAGE, said) : new Done(PAGE, null, said);
        } catch (TimeoutException _) {
            return new Done(PAGE, begun);
        } catch (ExecutionException e) {
            throw new CompletionException(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }
}
