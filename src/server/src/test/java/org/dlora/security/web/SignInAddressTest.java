package org.dlora.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.adapter.ForwardedHeaderTransformer;

/** Address by which tries are counted, of the connection or of a proxy's header. */
class SignInAddressTest {
    private static @Nullable InetAddress address(String header, String value) {
        var request =
                MockServerHttpRequest.post("http://dlora/console/login")
                        .remoteAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711))
                        .header(header, value)
                        .build();
        var seen = new ForwardedHeaderTransformer().apply(request);
        return SignInFilters.address(
                MockServerWebExchange.from(MockServerHttpRequest.post("/console/login"))
                        .mutate()
                        .request(seen)
                        .build());
    }

    @ParameterizedTest
    @CsvSource({
        "X-Forwarded-For, 203.0.113.7, 203.0.113.7",
        "X-Forwarded-For, '203.0.113.7, 10.0.0.1', 203.0.113.7",
        "X-Forwarded-For, [2001:db8::7], 2001:db8:0:0:0:0:0:7",
        "Forwarded, for=203.0.113.7, 203.0.113.7",
        "Forwarded, 'for=\"[2001:db8::7]:4711\"', 2001:db8:0:0:0:0:0:7",
        "X-Other, 203.0.113.7, 127.0.0.1"
    })
    void anAddressOfAHeaderIsRead(String header, String value, String address) {
        assertThat(address(header, value))
                .isNotNull()
                .extracting(InetAddress::getHostAddress)
                .isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "_hidden", "localhost", "dlora.example"})
    void aNameIsNotLookedUp(String name) {
        assertThat(address("Forwarded", "for=" + name)).isNull();
    }

    @Test
    void aCallWithoutAnAddressHasNone() {
        assertThat(
                        SignInFilters.address(
                                MockServerWebExchange.from(MockServerHttpRequest.get("/"))))
                .isNull();
    }
}
