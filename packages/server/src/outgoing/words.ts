const BY_CODE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'the host name cannot be looked up at the moment',
  ECONNREFUSED: 'the connection is refused: nothing listens there',
  ECONNRESET: 'the connection was broken off',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'nobody answered the connection',
  EPIPE: 'the connection was broken off',
  CERT_HAS_EXPIRED: 'the certificate of the server has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the server is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate of the server is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate of the server cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the server is for another host name',
  EPROTO: 'the server does not speak TLS at this port',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS at this port',
  HPE_INVALID_CONSTANT: 'what answers is no HTTP server',
}

/** Why a request failed, in words for people. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (code.startsWith('HPE_')) return BY_CODE.HPE_INVALID_CONSTANT ?? code
  return BY_CODE[code] ?? error.message
}
