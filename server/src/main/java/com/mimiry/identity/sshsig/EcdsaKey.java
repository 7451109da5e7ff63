package com.mimiry.identity.sshsig;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;

/** @param type also the name of the only signature algorithm of the key */
@SuppressWarnings("ArrayRecordComponent") // values of this kind are never compared
record EcdsaKey(String type, byte[] blob, Curve curve, PublicKey key) implements CurveKey {
    /** A NIST curve with the hash that SSH pairs it with. */
    @SuppressWarnings("ImmutableEnumChecker") // the JDK says that its parameter classes are immutable
    enum Curve {
        NISTP256("secp256r1", "SHA256", 32),
        NISTP384("secp384r1", "SHA384", 48),
        NISTP521("secp521r1", "SHA512", 66);

        private final ECParameterSpec parameters;
        private final String algorithm;
        private final int coordinateBytes;

        Curve(String standardName, String hash, int coordinateBytes) {
            this.algorithm = hash + "withECDSAinP1363Format";
            this.coordinateBytes = coordinateBytes;
            try {
                AlgorithmParameters found = AlgorithmParameters.getInstance("EC");
                found.init(new ECGenParameterSpec(standardName));
                this.parameters = found.getParameterSpec(ECParameterSpec.class);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static EcdsaKey read(String type, byte[] blob, WireReader in) {
        Curve curve = switch (type) {
            case "ecdsa-sha2-nistp384" -> Curve.NISTP384;
            case "ecdsa-sha2-nistp521" -> Curve.NISTP521;
            default -> Curve.NISTP256;
        };
        return read(type, blob, curve, in);
    }

    static EcdsaKey read(String type, byte[] blob, Curve curve, WireReader in) {
        if (!in.text().equalsIgnoreCase(curve.name())) {
            throw new SshFormatException("its curve does not fit its type");
        }
        ECPoint point = point(in.string(), curve);
        try {
            PublicKey key = KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve.parameters));
            return new EcdsaKey(type, blob, curve, key);
        } catch (GeneralSecurityException e) {
            throw new SshFormatException("its point is not valid");
        }
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        WireReader in = new WireReader(signature);
        if (!in.text().equals(type)) {
            return false;
        }
        byte[] value = in.string();
        in.end();
        return verifyRaw(message, value);
    }

    @Override
    public boolean verifyRaw(byte[] message, byte[] value) {
        WireReader in = new WireReader(value);
        BigInteger r = in.mpint();
        BigInteger s = in.mpint();
        in.end();
        BigInteger order = curve.parameters.getOrder();
        if (r.signum() == 0 || s.signum() == 0 || r.compareTo(order) >= 0 || s.compareTo(order) >= 0) {
            return false;
        }
        byte[] fixedWidth = new byte[2 * curve.coordinateBytes];
        put(r, fixedWidth, 0);
        put(s, fixedWidth, curve.coordinateBytes);
        try {
            Signature verifier = Signature.getInstance(curve.algorithm);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(fixedWidth);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private void put(BigInteger number, byte[] target, int offset) {
        byte[] bytes = number.toByteArray();
        int excess = Math.max(0, bytes.length - curve.coordinateBytes);
        int length = bytes.length - excess;
        System.arraycopy(bytes, excess, target, offset + curve.coordinateBytes - length, length);
    }

    /** Uncompressed points on the curve only: a point off the curve would make signatures forgeable. */
    private static ECPoint point(byte[] encoded, Curve curve) {
        int width = curve.coordinateBytes;
        if (encoded.length != 1 + 2 * width || encoded[0] != 4) {
            throw new SshFormatException("its point is not an uncompressed point of its curve");
        }
        BigInteger x = new BigInteger(1, Arrays.copyOfRange(encoded, 1, 1 + width));
        BigInteger y = new BigInteger(1, Arrays.copyOfRange(encoded, 1 + width, encoded.length));
        BigInteger p = ((ECFieldFp) curve.parameters.getCurve().getField()).getP();
        BigInteger a = curve.parameters.getCurve().getA();
        BigInteger b = curve.parameters.getCurve().getB();
        BigInteger right = x.multiply(x).add(a).multiply(x).add(b).mod(p);
        if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0 || !y.multiply(y).mod(p).equals(right)) {
            throw new SshFormatException("its point is not on its curve");
        }
        return new ECPoint(x, y);
    }
}
