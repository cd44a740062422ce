package org.dlora.catalogue.source.fetch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Judgement whether a host is internal: this machine, or one that only its network reaches. A
 * stranger's redirect must not make the server call such a host (server-side request forgery).
 *
 * <p>The Java platform caches a name's addresses for some seconds, so the connection that follows
 * goes to those that were judged.
 */
public final class InternalAddresses {
    private final Resolver resolver;

    /** Resolution of names. */
    public interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    public InternalAddresses(Resolver resolver) {
        this.resolver = resolver;
    }

    /** Returns the judgement by the system's resolution of names. */
    public static InternalAddresses ofSystem() {
        return new InternalAddresses(InetAddress::getAllByName);
    }

    /**
     * Returns whether one of the host's addresses is internal. A name that is not known here is
     * not: a connection to it fails, or is the affair of a proxy.
     *
     * @param host a name, or the literal of an address, that of IPv6 in brackets or not
     */
    public boolean contain(String host) {
        try {
            return Arrays.stream(resolver.resolve(host)).anyMatch(InternalAddresses::isInternal);
        } catch (UnknownHostException _) {
            return false;
        }
    }

    private static boolean isInternal(InetAddress address) {
        return Stream.<Boolean>of(
                                address.isLoopbackAddress(),
                                address.isAnyLocalAddress(),
                                address.isLinkLocalAddress(),
                                address.isSiteLocalAddress(),
                                address.isMulticastAddress())
                        .anyMatch(internal -> internal)
                || isInternal(address.getAddress());
    }

    private static boolean isInternal(byte[] bytes) {
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        if (bytes.length == 4) {
            return first == 0 // "this network"
                    || (first == 100 && (second & 0xc0) == 64) // shared address space, RFC 6598
                    || (first == 198 && (second & 0xfe) == 18) // benchmarks, RFC 2544
                    || first >= 240;
        }
        return (first & 0xfe) == 0xfc // unique local addresses, RFC 4193
                || (isTranslated(bytes) && isInternalEmbedded(bytes, 12))
                || (first == 0x20 && second == 0x02 && isInternalEmbedded(bytes, 2)); // 6to4
    }

    /** Returns whether it is an address of IPv4 behind NAT64, 64:ff9b::/96 (RFC 6052). */
    private static boolean isTranslated(byte[] bytes) {
        return bytes[0] == 0
                && bytes[1] == 0x64
                && (bytes[2] & 0xff) == 0xff
                && (bytes[3] & 0xff) == 0x9b;
    }

    private static boolean isInternalEmbedded(byte[] bytes, int at) {
        try {
            return isInternal(InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + 4)));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 bytes are an address of IPv4", e);
        }
    }
}
