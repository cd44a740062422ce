package org.dlora.console.account;

import static org.dlora.console.page.PageForms.leadTo;

import java.util.Map;
import org.dlora.console.page.PageRenderer;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignIns;
import org.dlora.security.users.SignedIn.Way;
import org.dlora.security.web.ConsolePaths;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Pages about the one who is signed in. */
@Controller
final class UserPages {
    private static final String ACCOUNT = "/console/account";
    private static final String PASSWORD = "/console/password";
    private static final String NOT_REPEATED = "The two passwords differ.";

    private final PageRenderer pages;
    private final SignIns signIns;

    UserPages(PageRenderer pages, SignIns signIns) {
        this.pages = pages;
        this.signIns = signIns;
    }

    @GetMapping(ACCOUNT)
    Mono<ResponseEntity<String>> account(ServerWebExchange exchange) {
        var user = ConsolePaths.user(exchange);
        return pages.page(
                exchange,
                "account",
                Map.of("since", user.since(), "hasPassword", user.way() == Way.PASSWORD));
    }

    @GetMapping(ConsolePaths.FIRST)
    Mono<ResponseEntity<String>> first(ServerWebExchange exchange) {
        return ConsolePaths.user(exchange).way() == Way.LINK
                ? pages.page(exchange, "first-user", Map.of())
                : leadTo(ConsolePaths.HOME);
    }

    /** Makes the first administrator, with which the session of the link ends. */
    @PostMapping(ConsolePaths.FIRST)
    Mono<ResponseEntity<String>> makeFirst(ServerWebExchange exchange) {
        var by = ConsolePaths.user(exchange);
        if (by.way() != Way.LINK) {
            return leadTo(ConsolePaths.HOME);
        }
        return PasswordForm.of(exchange)
                .flatMap(form ->
                        form.isRepeated()
                                ? Mono.fromFuture(
                                                signIns.makeFirst(
                                                        by,
                                                        form.name(),
                                                        form.password(),
                                                        ConsolePaths.address(exchange)))
                                        .flatMap(_ -> leadTo(ConsolePaths.LOGIN + "?notice=made"))
                                        .onErrorResume(e -> again(exchange, "first-user", form, e))
                                : again(exchange, "first-user", form, NOT_REPEATED));
    }

    @GetMapping(PASSWORD)
    Mono<ResponseEntity<String>> password(ServerWebExchange exchange) {
        return ConsolePaths.user(exchange).way() == Way.PASSWORD
                ? pages.page(exchange, "password", Map.of())
                : leadTo(ConsolePaths.HOME);
    }

    /** Changes the password, which ends all sessions of the user. */
    @PostMapping(PASSWORD)
    Mono<ResponseEntity<String>> change(ServerWebExchange exchange) {
        var user = ConsolePaths.user(exchange);
        if (user.way() != Way.PASSWORD) {
            return leadTo(ConsolePaths.HOME);
        }
        return PasswordForm.of(exchange)
                .flatMap(form ->
                        form.isRepeated()
                                ? Mono.fromFuture(
                                                signIns.changePassword(
                                                        new SignIns.Try(
                                                                user.name(),
                                                                form.current(),
                                                                ConsolePaths.address(exchange),
                                                                ConsolePaths.device(exchange)),
                                                        form.password()))
                                        .flatMap(
                                                _ -> leadTo(ConsolePaths.LOGIN + "?notice=changed"))
                                        .onErrorResume(e -> again(exchange, "password", form, e))
                                : again(exchange, "password", form, NOT_REPEATED));
    }

    private Mono<ResponseEntity<String>> again(
            ServerWebExchange exchange, String template, PasswordForm form, Throwable e) {
        return switch (e) {
            case AccessChangeException refusal -> again(exchange, template, form, refusal.words());
            case SignInRefusedException refusal ->
                    again(
                            exchange,
                            SignInPages.status(refusal),
                            template,
                            form,
                            refusal.kind() == SignInRefusedException.Kind.WRONG
                                    ? "The current password is wrong."
                                    : refusal.words());
            case AccessUnavailableException away ->
                    again(
                            exchange,
                            HttpStatus.SERVICE_UNAVAILABLE,
                            template,
                            form,
                            away.getMessage() + ". Try again later.");
            default -> Mono.error(e);
        };
    }

    private Mono<ResponseEntity<String>> again(
            ServerWebExchange exchange, String template, PasswordForm form, String problem) {
        return again(exchange, HttpStatus.BAD_REQUEST, template, form, problem);
    }

    private Mono<ResponseEntity<String>> again(
            ServerWebExchange exchange,
            HttpStatus status,
            String template,
            PasswordForm form,
            String problem) {
        return pages.page(
                exchange, status, template, Map.of("problem", problem, "name", form.name()));
    }
}
