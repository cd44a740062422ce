package org.dlora.console.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import org.dlora.api.pools.PoolRefusedException;
import org.dlora.api.web.ApiException;
import org.dlora.operate.ClosedAdministrationException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.NotReadyException;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.web.ConsolePaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.DisconnectedClientHelper;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/** Filter that answers browsers at the console by a page where a call ends in an error. */
@Component
final class ConsoleErrors implements WebFilter, Ordered {
    private static final Logger log = LoggerFactory.getLogger(ConsoleErrors.class);
    private static final PathPattern PATHS = PathPatternParser.defaultInstance.parse("/console/**");

    private final PageRenderer pages;

    ConsoleErrors(PageRenderer pages) {
        this.pages = pages;
    }

    /** Comes before Spring Security, which is at -100. */
    @Override
    public int getOrder() {
        return -110;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        boolean isPage =
                PATHS.matches(exchange.getRequest().getPath().pathWithinApplication())
                        && ConsolePaths.wantsPage(exchange);
        return isPage
                ? chain.filter(exchange).onErrorResume(e -> answer(exchange, e))
                : chain.filter(exchange);
    }

    private Mono<Void> answer(ServerWebExchange exchange, Throwable e) {
        if (exchange.getResponse().isCommitted()
                || DisconnectedClientHelper.isClientDisconnectedException(e)) {
            return Mono.error(e);
        }
        return switch (e) {
            case AccessRefusedException refusal ->
                    write(exchange, HttpStatus.FORBIDDEN, "Not allowed", refusal.words());
            case ApiException refusal -> refuse(exchange, refusal);
            case CommandRefusedException refusal -> refuse(exchange, ApiException.refused(refusal));
            case AccessChangeException refusal -> refuse(exchange, ApiException.refused(refusal));
            case ClosedAdministrationException closed ->
                    refuse(exchange, ApiException.closed(closed));
            case NotReadyException _ -> refuse(exchange, ApiException.notReady());
            case PoolRefusedException busy -> refuse(exchange, ApiException.busy(busy));
            case ResponseStatusException status
                    when status.getStatusCode().isSameCodeAs(HttpStatus.NOT_FOUND) ->
                    write(exchange, HttpStatus.NOT_FOUND, "Not found", "There is no such page.");
            case ResponseStatusException status when status.getStatusCode().is4xxClientError() ->
                    Mono.error(e);
            default -> {
                log.error("A page failed", e);
                yield write(
                        exchange,
                        HttpStatus.INTERNAL_SERVER_ERROR,
                        "The server failed",
                        "The server failed to make the page; its log says why.");
            }
        };
    }

    private Mono<Void> refuse(ServerWebExchange exchange, ApiException refusal) {
        refusal.retryAfter()
                .ifPresent(after ->
                        exchange.getResponse()
                                .getHeaders()
                                .set(HttpHeaders.RETRY_AFTER, String.valueOf(after.toSeconds())));
        return write(
                exchange,
                refusal.status(),
                switch (refusal.status()) {
                    case SERVICE_UNAVAILABLE -> "Not ready";
                    case FORBIDDEN -> "Not allowed";
                    default -> refusal.status().getReasonPhrase();
                },
                String.valueOf(refusal.getMessage()));
    }

    private Mono<Void> write(
            ServerWebExchange exchange, HttpStatus status, String heading, String problem) {
        var response = exchange.getResponse();
        return pages.page(exchange, status, "error", Map.of("heading", heading, "problem", problem))
                .flatMap(page -> {
                    response.setStatusCode(status);
                    response.getHeaders().setContentType(PageRenderer.HTML);
                    DataBuffer body =
                            response.bufferFactory()
                                    .wrap(String.valueOf(page.getBody()).getBytes(UTF_8));
                    return response.writeWith(Mono.just(body));
                });
    }
}
