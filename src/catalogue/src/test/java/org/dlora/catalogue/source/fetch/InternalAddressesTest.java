package org.dlora.catalogue.source.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InternalAddressesTest {
    private final InternalAddresses internal = InternalAddresses.ofSystem();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "0.0.0.0",
                "0.1.2.3",
                "10.1.2.3",
                "100.64.0.1",
                "169.254.169.254",
                "172.31.255.255",
                "192.168.0.1",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "2130706433",
                "[::1]",
                "[::]",
                "[fe80::1]",
                "[fd12::1]",
                "[::ffff:10.0.0.1]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]",
                "localhost"
            })
    void internalAddressesAreFound(String host) {
        assertThat(internal.contain(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "93.184.215.14",
                "100.128.0.1",
                "172.32.0.1",
                "[2606:2800::1]",
                "[64:ff9b::5db8:d70e]",
                "[2002:5db8:d70e::]"
            })
    void publicAddressesAreNotInternal(String host) {
        assertThat(internal.contain(host)).isFalse();
    }

    @Test
    void oneInternalAddressOfSeveralCounts() {
        var both =
                new InternalAddresses(_ ->
                        new InetAddress[] {
                            InetAddress.ofLiteral("93.184.215.14"),
                            InetAddress.ofLiteral("10.0.0.1")
                        });
        assertThat(both.contain("name.example")).isTrue();
        var unknown =
                new InternalAddresses(host -> {
                    throw new UnknownHostException(host);
                });
        assertThat(unknown.contain("name.example")).isFalse();
    }
}
