package org.dlora.console.adapters;

import java.util.Optional;
import org.springframework.core.Ordered;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * Filter that gives Spring Security the token of an upload's form. The token stands in the form's
 * address: as a field it would be known only once the body has been read, which here are the files.
 * A form cannot send headers, which is where the token goes from here.
 */
@Component
final class UploadToken implements WebFilter, Ordered {
    static final String FIELD = "_csrf";
    private static final String HEADER = "X-CSRF-TOKEN";
    private static final PathPattern PATH =
            PathPatternParser.defaultInstance.parse(AcquisitionController.UPLOAD);

    /** Comes before Spring Security, which is at -100. */
    @Override
    public int getOrder() {
        return -110;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        var request = exchange.getRequest();
        var token = request.getQueryParams().getFirst(FIELD);
        boolean isUpload =
                PATH.matches(request.getPath().pathWithinApplication())
                        && Optional.ofNullable(request.getHeaders().getContentType())
                                .filter(MediaType.MULTIPART_FORM_DATA::isCompatibleWith)
                                .isPresent();
        if (token == null || !isUpload || request.getHeaders().containsHeader(HEADER)) {
            return chain.filter(exchange);
        }
        return chain.filter(
                exchange.mutate()
                        .request(one -> one.headers(headers -> headers.set(HEADER, token)))
                        .build());
    }
}
