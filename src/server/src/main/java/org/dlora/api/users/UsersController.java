package org.dlora.api.users;

import java.util.List;
import org.dlora.api.keys.AccessTags;
import org.dlora.api.keys.ListPage;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Precondition;
import org.dlora.api.web.RequestCaller;
import org.dlora.operate.access.UserCommands;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.security.users.UserService.Change;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints of users. Passwords come in and never go out. */
@RestController
final class UsersController {
    private static final String PASSWORD = "password";
    private static final String ROLE = "role";

    private final UserService users;
    private final UserCommands commands;
    private final WorkPools pools;
    private final BodyReader bodyReader;

    UsersController(
            UserService users, UserCommands commands, WorkPools pools, BodyReader bodyReader) {
        this.users = users;
        this.commands = commands;
        this.pools = pools;
        this.bodyReader = bodyReader;
    }

    /**
     * Users by name.
     *
     * @param next {@code after} of the next page, null if this is the last
     */
    record Users(List<UserBody> users, @Nullable String next) {}

    @GetMapping("/admin/users")
    Mono<Users> list(@RequestParam MultiValueMap<String, String> query) {
        var page = ListPage.ofSorted(query, users.users(), ConsoleUser::name);
        return Mono.just(new Users(page.bodies(UserBody::of), page.next()));
    }

    @GetMapping("/admin/users/{name}")
    Mono<UserBody> one(@PathVariable String name, ServerHttpResponse answer) {
        return Mono.fromCallable(() -> tagged(commands.user(name), answer));
    }

    @PostMapping(path = "/admin/users", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<ResponseEntity<UserBody>> create(
            @RequestBody(required = false) Mono<byte[]> body, ServerHttpRequest call) {
        return bodyReader.read(
                body,
                (json, _) -> {
                    var fields = Fields.of(json);
                    var name = Fields.text("name", fields.required("name", "what the user types"));
                    var role =
                            Role.require(
                                    Fields.text(
                                            ROLE,
                                            fields.required(ROLE, "viewer, operator or admin")));
                    var password =
                            Fields.text(
                                    PASSWORD, fields.required(PASSWORD, "12 to 200 characters"));
                    fields.end();
                    var made = commands.create(name, role, password, RequestCaller.name(call));
                    return ResponseEntity.status(HttpStatus.CREATED).body(UserBody.of(made));
                });
    }

    /** Changes the members that are given, and ends the user's sessions. */
    @PutMapping(path = "/admin/users/{name}", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<UserBody> change(
            @PathVariable String name,
            @RequestBody(required = false) Mono<byte[]> body,
            ServerHttpRequest call,
            ServerHttpResponse answer) {
        var condition = Precondition.of(call);
        return bodyReader.read(
                body,
                (json, _) -> {
                    var change = change(json);
                    return tagged(
                            condition.call(
                                    AccessTags::of,
                                    () -> commands.change(name, change, RequestCaller.name(call))),
                            answer);
                });
    }

    private static UserBody tagged(ConsoleUser user, ServerHttpResponse answer) {
        AccessTags.of(user).ifPresent(tag -> tag.on(answer));
        return UserBody.of(user);
    }

    private static Change change(ObjectNode json) {
        var fields = Fields.of(json);
        var role = fields.text(ROLE).map(Role::require).orElse(null);
        var disabled = fields.any("disabled").isPresent() ? fields.flag("disabled", false) : null;
        var password = fields.text(PASSWORD).orElse(null);
        fields.end();
        return new Change(role, disabled, password);
    }

    /** Removes a user, and ends the user's sessions. */
    @DeleteMapping("/admin/users/{name}")
    Mono<ResponseEntity<Void>> delete(@PathVariable String name, ServerHttpRequest call) {
        var condition = Precondition.of(call);
        return pools.catalogue()
                .run(() ->
                        condition.call(
                                AccessTags::of,
                                () -> {
                                    commands.delete(name, RequestCaller.name(call));
                                    return ResponseEntity.noContent().build();
                                }));
    }
}
