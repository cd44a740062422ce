package org.dlora.console.access;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.RequestCaller;
import org.dlora.console.page.FormFields;
import org.dlora.console.page.PageForms;
import org.dlora.console.page.PageForms.Done;
import org.dlora.console.page.PageRenderer;
import org.dlora.operate.access.UserCommands;
import org.dlora.security.users.ConsoleUser;
import org.dlora.security.users.Role;
import org.dlora.security.users.UserService;
import org.dlora.security.users.UserService.Change;
import org.dlora.security.web.ConsolePaths;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Pages and forms of the console's users. */
@Controller
final class UsersPage {
    private final PageRenderer pages;
    private final UserService users;
    private final UserCommands commands;

    UsersPage(PageRenderer pages, UserService users, UserCommands commands) {
        this.pages = pages;
        this.users = users;
        this.commands = commands;
    }

    @GetMapping(AccessPaths.USERS)
    Mono<ResponseEntity<String>> list(
            @RequestParam(name = "from", defaultValue = "0") int from, ServerWebExchange exchange) {
        return pages.page(
                exchange, "access-users", Map.of("list", ListPart.of(users.users(), from)));
    }

    @GetMapping(AccessPaths.USER)
    Mono<ResponseEntity<String>> one(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return page(exchange, "access-user", name);
    }

    /** Says what the removal of a user means. */
    @GetMapping(AccessPaths.DELETE_USER)
    Mono<ResponseEntity<String>> delete(
            @RequestParam("name") String name, ServerWebExchange exchange) {
        return page(exchange, "access-delete-user", name);
    }

    private Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange, String template, String name) {
        var user =
                users.user(ConsoleUser.name(name))
                        .orElseThrow(() ->
                                ApiException.of(
                                        HttpStatus.NOT_FOUND,
                                        "There is no user '%s'."
                                                .formatted(StringUtils.truncate(name, 64))));
        var values = new HashMap<String, Object>();
        values.put("user", user);
        values.put("isSelf", isSelf(exchange, user.name()));
        return pages.page(exchange, template, values);
    }

    private static boolean isSelf(ServerWebExchange exchange, String name) {
        return ConsolePaths.user(exchange).actor().equals("user:" + name);
    }

    @GetMapping(AccessPaths.NEW_USER)
    Mono<ResponseEntity<String>> fresh(
            @RequestParam(name = "name", defaultValue = "") String name,
            @RequestParam(name = "role", defaultValue = "viewer") String role,
            ServerWebExchange exchange) {
        return pages.page(exchange, "access-new-user", Map.of("name", name, "chosen", role));
    }

    /** A refused form comes back as it was filled in, but for the password. */
    @PostMapping(AccessPaths.NEW_USER)
    Mono<ResponseEntity<String>> make(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                fields -> AccessPaths.newUser(fields.text("name"), fields.text("role")),
                fields -> {
                    var made =
                            commands.create(
                                    fields.required("name", "Name"),
                                    Role.require(fields.text("role")),
                                    password(fields),
                                    actor(exchange));
                    return new Done(
                            AccessPaths.user(made.name()),
                            "The user %s is made. Tell them the password, and the address %s where they sign in and can change it."
                                    .formatted(made.name(), ConsolePaths.LOGIN));
                });
    }

    @PostMapping("/console/access/user-role")
    Mono<ResponseEntity<String>> changeRole(ServerWebExchange exchange) {
        return change(
                exchange,
                (fields, name) -> {
                    var role = Role.require(fields.text("role"));
                    var _ = commands.change(name, new Change(role, null, null), actor(exchange));
                    return "%s is %s now.".formatted(name, role.label());
                });
    }

    @PostMapping("/console/access/user-password")
    Mono<ResponseEntity<String>> changePassword(ServerWebExchange exchange) {
        return change(
                exchange,
                (fields, name) -> {
                    var password = password(fields);
                    var _ =
                            commands.change(
                                    name, new Change(null, null, password), actor(exchange));
                    return "%s has a new password.".formatted(name);
                });
    }

    @PostMapping("/console/access/user-disabled")
    Mono<ResponseEntity<String>> disable(ServerWebExchange exchange) {
        return change(
                exchange,
                (fields, name) -> {
                    boolean disabled = fields.text("disabled").equals("true");
                    var _ =
                            commands.change(
                                    name, new Change(null, disabled, null), actor(exchange));
                    return disabled
                            ? "%s is disabled.".formatted(name)
                            : "%s can sign in again.".formatted(name);
                });
    }

    @PostMapping("/console/access/user-unlock")
    Mono<ResponseEntity<String>> unlock(ServerWebExchange exchange) {
        return change(
                exchange,
                (_, name) -> {
                    commands.unlock(name, actor(exchange));
                    return "%s has all tries again.".formatted(name);
                });
    }

    @PostMapping(AccessPaths.DELETE_USER)
    Mono<ResponseEntity<String>> deleted(ServerWebExchange exchange) {
        return PageForms.change(
                exchange,
                AccessPaths.USERS,
                fields -> {
                    var name = fields.text("name");
                    commands.delete(name, actor(exchange));
                    return new Done(AccessPaths.USERS, "The user %s is removed.".formatted(name));
                });
    }

    /**
     * Changes the user of a form.
     *
     * @param change returns what was done
     */
    private static Mono<ResponseEntity<String>> change(
            ServerWebExchange exchange, BiFunction<FormFields, String, String> change) {
        return PageForms.changeNamed(exchange, "name", AccessPaths::user, change);
    }

    private static String password(FormFields fields) {
        var password = raw(fields, "password");
        if (!password.equals(raw(fields, "repeated"))) {
            throw ApiException.invalid("repeated", "The two passwords differ.");
        }
        return password;
    }

    /** Blanks belong to a password. */
    private static String raw(FormFields fields, String name) {
        var text = fields.all().getFirst(name);
        return text == null ? "" : text;
    }

    private static String actor(ServerWebExchange exchange) {
        return RequestCaller.name(exchange.getRequest());
    }
}
