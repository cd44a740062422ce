package org.dlora.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import reactor.core.publisher.Mono;

class RootPathTest {
    private final List<String> within = new ArrayList<>();
    private final HttpHandler handler =
            (request, _) -> {
                within.add(request.getPath().pathWithinApplication().value());
                return Mono.empty();
            };

    private void call(RootPath root, String path) {
        root.apply(handler)
                .handle(MockServerHttpRequest.get(path).build(), new MockServerHttpResponse())
                .block();
    }

    @Test
    void pathsAreTheSameWithAndWithoutThePrefix() {
        var root = new RootPath("/llm");
        for (var path : List.of("/llm/v1/models", "/v1/models", "/llmx/v1", "/llm", "/x/llm/v1")) {
            call(root, path);
        }
        assertThat(within)
                .containsExactly("/v1/models", "/v1/models", "/llmx/v1", "/llm", "/x/llm/v1");
    }

    @Test
    void withoutAPrefixTheHandlerIsAsItWas() {
        assertThat(new RootPath("").apply(handler)).isSameAs(handler);
    }

    @Test
    void prefixesArePaths() {
        assertThat(List.of("", "/llm", "/a/b-1")).allMatch(RootPath::isPrefix);
        assertThat(List.of("llm", "/llm/", "/", "/a b", "/a?b", "/../x/%2e"))
                .noneMatch(RootPath::isPrefix);
    }
}
