package org.dlora.api.admin.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.migration.MoveConflictException;
import org.dlora.cluster.migration.NoSuchRequestException;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.cluster.MigrationCommand;
import org.dlora.operate.cluster.MigrationCommands;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints of moves between replicas: those that were made, and one by hand. */
@RestController
public final class MigrationsController {
    private final Administration administration;
    private final BodyReader bodyReader;
    private final MigrationCommands commands;

    MigrationsController(
            Administration administration, BodyReader bodyReader, MigrationCommands commands) {
        this.administration = administration;
        this.bodyReader = bodyReader;
        this.commands = commands;
    }

    /**
     * Moves of requests.
     *
     * @param running the oldest first
     * @param ended the last 256, the newest first
     */
    record AllMigrations(List<MigrationBody.Running> running, List<MigrationBody> ended) {}

    @GetMapping("/admin/migrations")
    Mono<AllMigrations> migrations() {
        var service = administration.migrations();
        return Mono.just(
                new AllMigrations(
                        service.running().stream().map(MigrationBody.Running::of).toList(),
                        service.history().stream().map(MigrationBody::of).toList()));
    }

    /** Moves a request or an adapter, and answers when that has ended. */
    @PostMapping(path = "/admin/migrations", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Object> move(@RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader
                .read(body, (json, _) -> read(json))
                .flatMap(move -> Mono.<Object>fromFuture(begun(move, RequestCaller.of(call))))
                .onErrorMap(CompletionException.class, e -> e.getCause() == null ? e : e.getCause())
                .onErrorMap(NoSuchAdapterException.class, MigrationsController::notFound)
                .onErrorMap(
                        MoveConflictException.class,
                        e -> ApiException.of(HttpStatus.CONFLICT, e.getMessage() + "."))
                .onErrorMap(
                        IllegalStateException.class,
                        e -> ApiException.of(HttpStatus.SERVICE_UNAVAILABLE, e.getMessage() + "."));
    }

    private MigrationCommand read(ObjectNode json) {
        var _ = administration.migrations(); // A closed administration reads nothing.
        return MigrationCommandReader.read(json);
    }

    private CompletableFuture<?> begun(MigrationCommand command, Caller caller) {
        try {
            return switch (command) {
                case MigrationCommand.MoveRequest one ->
                        commands.move(caller, one).thenApply(MigrationBody::of);
                case MigrationCommand.CopyAdapter one ->
                        commands.copy(caller, one).thenApply(AdapterMoveBody::of);
                case MigrationCommand.MoveAdapter one ->
                        commands.move(caller, one).thenApply(AdapterMoveBody::of);
            };
        } catch (NoSuchAdapterException e) {
            throw notFound(e);
        } catch (NoSuchRequestException e) {
            throw ApiException.of(
                    HttpStatus.NOT_FOUND,
                    "%s; GET /admin/replicas lists them. %s"
                            .formatted(e.getMessage(), MigrationCommand.REQUEST_NAMES));
        } catch (NoSuchReplicaException e) {
            throw ApiException.of(
                    HttpStatus.NOT_FOUND, e.getMessage() + "; GET /admin/replicas lists them.");
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(null, e.getMessage() + ".");
        } catch (IllegalStateException e) {
            throw ApiException.of(HttpStatus.CONFLICT, e.getMessage() + ".");
        }
    }

    private static ApiException notFound(NoSuchAdapterException e) {
        return ApiException.noSuchAdapter(
                "adapter", e.getMessage() + "; GET /admin/adapters lists them.");
    }
}
