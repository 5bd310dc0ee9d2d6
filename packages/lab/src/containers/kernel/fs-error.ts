/** errno(3) texts as programs print them. */
const texts = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
  ELOOP: 'Too many levels of symbolic links',
  ENOTEMPTY: 'Directory not empty',
  EBUSY: 'Device or resource busy',
  ENAMETOOLONG: 'File name too long',
  EINVAL: 'Invalid argument',
  ENOEXEC: 'Exec format error',
  EAGAIN: 'Resource temporarily unavailable',
} as const

export class FsError extends Error {
  readonly code: keyof typeof texts
  readonly path: string
  constructor(code: keyof typeof texts, path: string) {
    super(texts[code])
    this.code = code
    this.path = path
  }
}
