package org.dlora.console.account;

import java.util.HashMap;
import java.util.Map;
import org.dlora.console.page.PageRenderer;
import org.dlora.security.users.SignInLink;
import org.dlora.security.users.SignInRefusedException;
import org.dlora.security.users.SignInRefusedException.Kind;
import org.dlora.security.users.UserService;
import org.dlora.security.web.ConsolePaths;
import org.dlora.security.web.IdentityProviders;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Pages of those who are not signed in. Spring Security takes their forms; here only those arrive
 * that it refused.
 */
@Controller
final class SignInPages {
    private static final int LONGEST_NAME = 64;
    private static final Map<String, String> NOTICES =
            Map.of(
                    "made", "The user is made. Sign in with the password.",
                    "changed", "The password is changed. Sign in with the new one.",
                    "out", "You are signed out.");
    private static final Map<String, String> PROBLEMS =
            Map.of(
                    "no-role", "Your account has no role here. Ask an administrator for one.",
                    "provider", "The identity provider gave no sign-in. Try again.");

    private final PageRenderer pages;
    private final UserService users;
    private final SignInLink link;
    private final IdentityProviders providers;

    SignInPages(
            PageRenderer pages, UserService users, SignInLink link, IdentityProviders providers) {
        this.pages = pages;
        this.users = users;
        this.link = link;
        this.providers = providers;
    }

    @GetMapping(ConsolePaths.LOGIN)
    Mono<ResponseEntity<String>> login(
            @RequestParam(name = "notice", required = false) @Nullable String notice,
            @RequestParam(name = "next", required = false) @Nullable String next,
            ServerWebExchange exchange) {
        var values = values(next);
        if (notice != null) {
            values.put("notice", NOTICES.get(notice));
            values.put("problem", PROBLEMS.get(notice));
        }
        return pages.page(exchange, "login", values);
    }

    @PostMapping(ConsolePaths.LOGIN)
    Mono<ResponseEntity<String>> refused(ServerWebExchange exchange) {
        return exchange.getFormData()
                .flatMap(form -> {
                    var refusal = refusal(exchange);
                    var values = values(form.getFirst("next"));
                    values.put("problem", words(refusal));
                    values.put("name", shortened(PasswordForm.text(form, "name")));
                    return pages.page(exchange, status(refusal), "login", values)
                            .map(page -> withRetry(page, refusal));
                });
    }

    /**
     * @param next page that was asked for, from anybody
     */
    private Map<String, @Nullable Object> values(@Nullable String next) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("next", ConsolePaths.page(next));
        values.put("isOpening", !users.isKnown());
        values.put("isFirst", users.isEmpty());
        values.put("providers", providers.all());
        return values;
    }

    /** Opening the link does nothing: programs open links before people do. */
    @GetMapping(ConsolePaths.LINK)
    Mono<ResponseEntity<String>> link(
            @RequestParam(name = "token", defaultValue = "") String token,
            ServerWebExchange exchange) {
        return pages.page(
                exchange, "link", Map.of("isUsable", link.isUsable(token), "token", token));
    }

    @PostMapping(ConsolePaths.LINK)
    Mono<ResponseEntity<String>> refusedLink(ServerWebExchange exchange) {
        return pages.page(
                exchange, HttpStatus.UNAUTHORIZED, "link", Map.of("isUsable", false, "token", ""));
    }

    private static String shortened(String name) {
        return name.substring(0, Math.min(LONGEST_NAME, name.length()));
    }

    private static @Nullable SignInRefusedException refusal(ServerWebExchange exchange) {
        return exchange.getAttribute(SignInRefusedException.class.getName());
    }

    private static String words(@Nullable SignInRefusedException refusal) {
        return refusal == null ? "Give your name and password." : refusal.words();
    }

    static HttpStatus status(@Nullable SignInRefusedException refusal) {
        if (refusal == null) {
            return HttpStatus.BAD_REQUEST;
        }
        return switch (refusal.kind()) {
            case WRONG, LINK -> HttpStatus.UNAUTHORIZED;
            case ROLE -> HttpStatus.FORBIDDEN;
            case LOCKED -> HttpStatus.TOO_MANY_REQUESTS;
            case BUSY, NOT_READY -> HttpStatus.SERVICE_UNAVAILABLE;
        };
    }

    private static ResponseEntity<String> withRetry(
            ResponseEntity<String> page, @Nullable SignInRefusedException refusal) {
        if (refusal == null || refusal.kind() == Kind.WRONG) {
            return page;
        }
        return ResponseEntity.status(page.getStatusCode())
                .headers(page.getHeaders())
                .header(
                        HttpHeaders.RETRY_AFTER,
                        String.valueOf(Math.max(1, refusal.retryAfter().toSeconds())))
                .body(String.valueOf(page.getBody()));
    }
}
